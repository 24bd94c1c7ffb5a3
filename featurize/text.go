package featurize

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/models/prompts"
	"github.com/fedpurel/fedpurel/models/unigram"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// tokenizer turns a text into exactly context ids, of which length come before the padding.
type tokenizer interface {
	Encode(text string, context int) (ids []int64, length int, truncated bool, err error)
	Pad() int64
}

// texts are where class embeddings come from: prompts for the text tower, an array that was given, or an identity.
type texts struct {
	like    *cache.Identity
	given   *f32.Matrix
	prompts [][]string // of each class
	tokens  tokenizer
	clean   func(string) string // before the tokenizer; nil: nothing
	context int
}

// newTexts prepares the texts and notes in contents what they depend on.
func newTexts(set dataset.Source, m *models.Model, o Options, contents *cache.Contents) (*texts, error) {
	if o.Like != nil {
		if m.Text != nil && o.Mode != "" { // else the identity's tokenizer is the model's, since their files are
			_, tokenizer, err := loadTokenizer(m, o.Mode)
			if err != nil {
				return nil, err
			}
			contents.Model.Tokenizer = tokenizer
		}
		contents.Templates = o.Templates
		return &texts{like: o.Like}, o.Like.Adopt(contents, m.LogitScaleSource == "option")
	}
	if o.Given != nil {
		text, err := o.Given.forClasses(set.Classes(), contents.Dim)
		contents.TextSource = &o.Given.Source
		return &texts{given: &text}, err
	}
	filled, err := fill(o.Templates, set.Classes())
	if err != nil {
		return nil, err
	}
	contents.Templates = o.Templates
	clean, err := m.Cleaner()
	if err != nil {
		return nil, fault.Corruptf("featurize: the config of %s: %w", m.Folder, err)
	}
	t := &texts{prompts: filled, context: m.Context, clean: clean}
	t.tokens, contents.Model.Tokenizer, err = loadTokenizer(m, o.Mode)
	if err == nil && clean != nil {
		contents.Model.Tokenizer.Clean = m.Clean
	}
	return t, err
}

// loadTokenizer reads the vocabulary of a model, of whichever kind it is.
func loadTokenizer(m *models.Model, mode bpe.Mode) (tokenizer, *cache.Tokenizer, error) {
	folder, err := fs.Sub(m.Folder.FS, m.Vocabulary)
	if err != nil {
		panic("featurize: " + err.Error()) // the layout table holds valid paths
	}
	if unigram.Is(folder) {
		if mode != "" {
			return nil, nil, fault.Usagef("featurize: the tokenizer of %s has no modes; leave --tokenizer out",
				m.Folder)
		}
		t, err := unigram.Load(folder, max(m.Pad, 0))
		if err != nil {
			return nil, nil, err
		}
		return t, &cache.Tokenizer{Kind: "unigram", Pad: t.Pad()}, nil
	}
	if m.Family == models.SigLIP {
		return nil, nil, fault.Missingf("featurize: %s is a SigLIP without a %s of sentence pieces, "+
			"the only kind that is read for it; give the class embeddings with --text-features", m.Folder, unigram.File)
	}
	if mode == "" {
		mode = bpe.OpenAI
	}
	t, err := bpe.Load(folder, bpe.Options{Mode: mode, Pad: m.Pad})
	if err != nil {
		return nil, nil, err
	}
	return t, &cache.Tokenizer{Kind: "bpe", Mode: string(mode), Pad: t.Pad()}, nil
}

// fill returns the prompts of every class.
func fill(templates, classes []string) ([][]string, error) {
	if len(templates) == 0 {
		return nil, fault.Usagef("featurize: no template; give --template %q", prompts.Default)
	}
	filled := make([][]string, len(classes))
	for c, class := range classes {
		for _, t := range templates {
			p, err := prompts.Fill(t, class)
			if err != nil {
				return nil, err
			}
			filled[c] = append(filled[c], p)
		}
	}
	return filled, nil
}

// textBatch is the number of prompts in one call of the text tower.
const textBatch = 32

// put stores the class embeddings.
func (t *texts) put(ctx context.Context, w *cache.Writer, e models.Encoder, r *Report) error {
	if t.like != nil {
		return w.TakeText(t.like)
	}
	text, err := t.embed(ctx, e, r)
	if err != nil {
		return err
	}
	return w.PutText(text)
}

// embed returns one embedding per class: each prompt's embedding at unit length, averaged. The cache normalises
// the average, so that templates count equally (Radford et al., ICML 2021).
func (t *texts) embed(ctx context.Context, e models.Encoder, r *Report) (f32.Matrix, error) {
	if t.given != nil {
		return *t.given, nil
	}
	dim := e.Traits().Dim
	mean := f32.New(len(t.prompts), dim)
	var ids []int64
	var owner, lengths []int
	flush := func() error {
		if len(owner) == 0 {
			return nil
		}
		out := f32.New(len(owner), dim)
		if err := e.EncodeText(ids, lengths, out.Data); err != nil {
			return err
		}
		for i, c := range owner {
			if !f32.Finite(out.Row(i)) {
				return fault.Corruptf("featurize: the text tower gives values that are not finite for %q",
					t.prompts[c][0])
			}
			f32.Normalize(out.Row(i), out.Row(i))
			f32.Axpy(1/float32(len(t.prompts[c])), out.Row(i), mean.Row(c))
		}
		ids, owner, lengths = ids[:0], owner[:0], lengths[:0]
		return ctx.Err()
	}
	for c := range t.prompts {
		for _, prompt := range t.prompts[c] {
			text := prompt
			if t.clean != nil {
				text = t.clean(prompt)
			}
			encoded, length, cut, err := t.tokens.Encode(text, t.context)
			if err != nil {
				return mean, fmt.Errorf("featurize: tokenize %q: %w", prompt, err)
			}
			if cut {
				r.Truncated = append(r.Truncated, prompt)
			}
			ids, owner, lengths = append(ids, encoded...), append(owner, c), append(lengths, length)
			if len(owner) == textBatch {
				if err := flush(); err != nil {
					return mean, err
				}
			}
		}
	}
	return mean, flush()
}
