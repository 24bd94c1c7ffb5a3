package featurize

import (
	"fmt"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// part is a stretch of a split that is written as one file. Its batches are cut from it.
type part struct {
	*pipeline
	split     dataset.Split
	index     int
	first, n  int            // images of the split
	views     int            // of each image, the plain one included
	features  f32.Matrix     // a row for each view of each image, skipped ones included
	states    f32.Matrix     // the same of tokens, where they are kept
	items     []dataset.Item // the images
	reasons   []string       // why image i is skipped, or empty
	remaining int            // batches to go
}

// list makes room for the part.
func (t *part) list() error {
	t.features = f32.New(t.n*t.views, t.encoder.Traits().Width)
	if k := t.options.Tokens; k != nil {
		t.states = f32.New(t.n*t.views, k.Info.Columns())
	}
	t.reasons, t.items = make([]string, t.n), make([]dataset.Item, t.n)
	for i := range t.items {
		var err error
		if t.items[i], err = t.set.At(t.split, t.first+i); err != nil {
			return err
		}
	}
	return nil
}

func (t *part) name(i int) string { return t.items[i].Name }

func (t *part) read(i int) ([]byte, error) { return t.set.Read(t.items[i]) }

// random is what draws view v of image i.
func (t *part) random(i, v int) *rand.Rand {
	return seed.Root(t.options.ViewSeed).Stream(seed.View, uint64(t.first+i), uint64(v))
}

// bad skips an image that cannot be read, if the options say so and it is the image's own fault.
func (t *part) bad(i int, err error) error {
	kind := fault.KindOf(err)
	if !ownFault(err) {
		return fault.Errorf(kind, "featurize: image %s: %w; run the command again with --resume", t.name(i), err)
	}
	if !t.options.Skip {
		return fault.Errorf(kind, "featurize: image %s: %w; repair or remove it, or go on without such "+
			"images with --on-error skip", t.name(i), err)
	}
	t.reasons[i] = err.Error()
	return nil
}

// done takes the rows of a batch, and writes the part if the batch was its last.
func (t *part) done(b *batch, rows f32.Matrix) error {
	per, tokens := t.views*rows.Cols, t.views*b.tokens.Cols
	for k, at := range b.rows {
		copy(t.features.Data[at*per:], rows.Data[k*per:(k+1)*per])
		copy(t.states.Data[at*tokens:], b.tokens.Data[k*tokens:(k+1)*tokens])
	}
	t.mu.Lock()
	t.remaining--
	last := t.remaining == 0
	t.report.Images += b.n
	t.mu.Unlock()
	t.observe()
	if last {
		return t.write()
	}
	return nil
}

// write stores the part without the rows of skipped images.
func (t *part) write() error {
	width := t.views * t.features.Cols
	all := f32.Of(t.n, width, t.features.Data)
	states := f32.Of(t.n, t.views*t.states.Cols, t.states.Data)
	out := cache.Part{Split: string(t.split), Index: t.index}
	for i, reason := range t.reasons {
		it := t.items[i]
		if reason != "" {
			out.Skipped = append(out.Skipped, cache.Skip{File: it.Name, Reason: reason})
			continue
		}
		copy(all.Row(len(out.Files)), all.Row(i))
		copy(states.Row(len(out.Files)), states.Row(i))
		out.Files, out.Labels = append(out.Files, it.Name), append(out.Labels, it.Label)
		out.Clients = append(out.Clients, it.Client)
	}
	out.Features, out.Tokens = all.Top(len(out.Files)), states.Top(len(out.Files))
	err := t.writer.WritePart(out)
	// They may be large, and the list of parts is long.
	t.features, t.states, t.items, t.reasons = f32.Matrix{}, f32.Matrix{}, nil, nil
	if err != nil {
		return fmt.Errorf("featurize: %w", err)
	}
	return nil
}
