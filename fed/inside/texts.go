package inside

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/models/prompts"
	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// text reads the text tower, and the class names as it reads them: as CoOp writes them (Zhou et al., IJCV 2022), with a
// full stop behind the name.
func (l *loader) text(to *peft.TextTower) (notes []string, err error) {
	tokenizer := l.cache.Manifest.Model.Tokenizer
	if l.model.Text == nil {
		return nil, fault.Usagef("the encoder %s has no text tower, in which prompts are", l.called())
	}
	if tokenizer != nil && tokenizer.Kind != "bpe" {
		return nil, fault.Usagef("the text tower of %s reads sentence pieces, and looks at whole texts: prompts need "+
			"one as CLIP's, in which a token sees those before it", l.called())
	}
	read, err := weights.Text(l.model)
	if err != nil {
		return nil, err
	}
	words, err := l.words()
	if err != nil {
		return nil, err
	}
	tower := encoder.NewText(read)
	*to = peft.TextTower{Tower: tower, Width: tower.Width(), Positions: read.Positions.Rows}
	for _, class := range l.cache.Manifest.Classes {
		ids, err := words.of(class + ".")
		if err != nil {
			return nil, err
		}
		if bare, err := words.of(class); err != nil || len(bare) == 2 {
			return nil, fault.Usagef("the class name %q has no word that the encoder %s knows; give the class another "+
				"name, as with --class-names", class, l.called())
		}
		n := len(ids)
		to.Begin, to.Names, to.End = ids[:1], append(to.Names, ids[1:n-1]), ids[n-1:]
	}
	if l.Words != "" {
		ids, err := words.of(l.Words)
		if err != nil {
			return nil, err
		}
		to.Words = ids[1 : len(ids)-1]
	}
	if notes, err = l.checkText(tower, words); err == nil {
		tower.Keep(slices.Concat(to.Begin, slices.Concat(to.Names...), to.End, to.Words)...)
	}
	return notes, err
}

// words are texts as token ids.
type words struct {
	*bpe.Tokenizer
	clean   func(string) string
	context int
}

// words opens the tokenizer as the cache's texts were read.
func (l *loader) words() (w words, err error) {
	folder, err := fs.Sub(l.model.Folder.FS, l.model.Vocabulary)
	if err != nil {
		panic("inside: " + err.Error()) // the layout table holds valid paths
	}
	mode := bpe.OpenAI
	if t := l.cache.Manifest.Model.Tokenizer; t != nil && t.Mode != "" {
		mode = bpe.Mode(t.Mode)
	}
	if w.clean, err = l.model.Cleaner(); err != nil {
		return w, fault.Corruptf("the config of %s: %w", l.model.Folder, err)
	}
	w.context = l.model.Context
	w.Tokenizer, err = bpe.Load(folder, bpe.Options{Mode: mode, Pad: l.model.Pad})
	return w, err
}

// of are a text's ids, from its beginning to its end mark.
func (w words) of(text string) ([]int, error) {
	if w.clean != nil {
		text = w.clean(text)
	}
	encoded, n, cut, err := w.Encode(text, w.context)
	switch {
	case err != nil:
		return nil, fmt.Errorf("tokenize %q: %w", text, err)
	case cut:
		return nil, fault.Usagef("the text %q takes more than the %d tokens that the encoder reads; shorten the "+
			"class name", text, w.context)
	}
	ids := make([]int, n)
	for i := range ids {
		ids[i] = int(encoded[i])
	}
	return ids, nil
}

// checkedClasses is how many classes' texts are compared.
const checkedClasses = 4

// checkText compares the tower with the cache's embeddings of some classes, which are averages over its templates.
func (l *loader) checkText(tower *encoder.Text, w words) (notes []string, err error) {
	m := l.cache.Manifest
	if m.TextSource != nil || len(m.Templates) == 0 {
		return []string{fmt.Sprintf("the class embeddings of %s were given, so that the text tower of %s could not be "+
			"compared with them", l.cache.Dir, l.called())}, nil
	}
	for _, class := range spread(checkedClasses, len(m.Classes)) {
		var texts [][]int
		for _, template := range m.Templates {
			filled, err := prompts.Fill(template, m.Classes[class])
			if err != nil {
				return nil, err
			}
			ids, err := w.of(filled)
			if err != nil {
				return nil, err
			}
			texts = append(texts, ids)
		}
		pass := tower.Prompts(l.work, texts, 0).Forward(l.work, f32.New(0, tower.Width()))
		mean := make([]float32, pass.Features.Cols)
		for i := range texts {
			unit := pass.Features.Row(i)
			f32.Normalize(unit, unit)
			f32.Axpy(1, unit, mean)
		}
		if err := l.compare(fmt.Sprintf("the class %q", m.Classes[class]), mean, l.cache.Text.Row(class)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
