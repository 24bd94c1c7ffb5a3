// Package inside makes what modules inside an encoder need: the frozen towers of the model that a cache was made with,
// and class names as its text tower reads them. Load finds the model, compares its files with those that the cache
// remembers, and its towers with the cache's embeddings. It needs no ONNX Runtime.
package inside

import (
	"cmp"
	"context"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Want says what is wanted of an encoder.
type Want struct {
	Side peft.Side
	// Model is the encoder's folder, or tiny for the built-in one; empty: the one that is known to be where the cache
	// was made, or the built-in one, if it is that.
	Model string
	Words string        // that a context is started from; empty: none
	Crew  *ordered.Crew // whose free workers help inside a pass; nil: none do
}

// loader is a Load under way.
type loader struct {
	Want
	cache *cache.Cache
	model *models.Model
	work  encoder.Work
}

// Load reads the towers that modules on that side need. A cache whose model is not to be found, is another one, or has
// no tower of the kind is an error, and so is a tower that does not give the cache's embeddings. The notes are what a
// user should know, as where nothing could be compared.
func Load(ctx context.Context, c *cache.Cache, w Want) (in *peft.Inside, notes []string, err error) {
	l := &loader{Want: w, cache: c, work: encoder.Work{Workers: w.Crew.Workers(), Run: w.Crew.Run}}
	if c.Manifest.Model == nil {
		return nil, nil, fault.Usagef("the cache %s does not say which encoder made it, as imported ones do not: "+
			"modules inside the encoder need a cache that `fedpurel featurize` made", c.Dir)
	}
	if l.model, err = find(ctx, c, w.Model); err != nil {
		return nil, nil, err
	}
	in = &peft.Inside{Work: func(m *f32.Arena) encoder.Work {
		work := l.work
		work.Memory = m
		return work
	}}
	if w.Side == peft.TextSided {
		notes, err = l.text(&in.Text)
	} else {
		notes, err = l.vision(&in.Vision)
	}
	return in, notes, err
}

// closest is the smallest cosine that the tower's embeddings may have with the cache's.
const closest = 0.99999

// compare refuses an embedding that is not the cache's.
func (l *loader) compare(what string, ours, cached []float32) error {
	a, b := make([]float32, len(ours)), make([]float32, len(cached))
	f32.Normalize(a, ours)
	f32.Normalize(b, cached)
	if cosine := f32.Dot(a, b); !(cosine >= closest) {
		return fault.Mismatchf("the weights found in %s do not give the cache's embedding of %s: "+
			"their cosine is %.6f, less than %v; make the cache %s anew with this model, or train another module",
			l.model.Folder, what, cosine, closest, l.cache.Dir)
	}
	return nil
}

// spread are at most n numbers below of, evenly spread.
func spread(n, of int) (all []int) {
	n = min(n, of)
	for i := range n {
		all = append(all, i*of/n)
	}
	return all
}

// called is what the model is called in messages.
func (l *loader) called() string { return cmp.Or(l.cache.Manifest.Model.Name, l.model.Name) }
