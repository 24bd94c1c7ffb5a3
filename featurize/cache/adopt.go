package cache

import (
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Adopt makes contents those of a cache that fits the identity: what is the encoder's must agree, and what was made of
// class names is the identity's own. Of contents, no templates stand for the identity's, and scaled tells that somebody
// chose the logit scale.
func (id *Identity) Adopt(p *Contents, scaled bool) error {
	m := id.Manifest
	refuse := func(what, remedy string) error {
		return fault.Mismatchf("cache: the identity %s and this cache %s; %s", id.Dir, what, remedy)
	}
	switch {
	case m.Model == nil:
		return fault.Usagef("cache: %s was imported and has no record of its encoder: "+
			"no pictures can be embedded like it", id.Dir)
	case !slices.Equal(p.Classes, m.Classes):
		return fault.Usagef("cache: the classes are not those of %s, in its order", id.Dir)
	case len(p.Templates) > 0 && !slices.Equal(p.Templates, m.Templates):
		return refuse("have different prompts: "+few(m.Templates)+" and "+few(p.Templates),
			"leave --template(s) out: class embeddings are the identity's")
	case scaled && !near(p.LogitScale.Value, m.LogitScale.Value):
		return refuse("have different logit scales", "leave --logit-scale out")
	case p.Views != m.Views || p.Views > 0 && p.ViewSeed != m.ViewSeed:
		return refuse("have not the same views of training images", "leave --views and --view-seed out")
	}
	mine := p.Model
	if mine.Tokenizer == nil {
		mine.Tokenizer = m.Model.Tokenizer
	}
	if what, remedy := m.Model.differs(&mine); what != "" {
		return refuse(what, remedy)
	}
	if p.Dim != m.Dim || p.Width != m.Width {
		return refuse("have features of different shapes", "make both with the same model, "+
			"and both with --pre-projection or neither")
	}
	p.Model.Tokenizer = m.Model.Tokenizer
	p.Templates, p.TextSource, p.LogitScale = m.Templates, m.TextSource, m.LogitScale
	return nil
}

// TakeText stores the class embeddings of an identity, to the bit, in place of PutText.
func (w *Writer) TakeText(id *Identity) error {
	file, err := copyFile(w.journal.dir, textFile, filepath.Join(id.Dir, id.Manifest.Text.Name))
	if err != nil {
		return err
	}
	return w.journal.add(entry{Once: textFile, SHA256: file.SHA256})
}
