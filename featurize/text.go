package featurize

import (
	"context"
	"fmt"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// fill returns the prompts of every class.
func fill(templates, classes []string) ([][]string, error) {
	if len(templates) == 0 {
		return nil, fault.Usagef("featurize: no template; give --template %q", models.DefaultTemplate)
	}
	prompts := make([][]string, len(classes))
	for c, class := range classes {
		for _, t := range templates {
			p, err := models.FillTemplate(t, class)
			if err != nil {
				return nil, err
			}
			prompts[c] = append(prompts[c], p)
		}
	}
	return prompts, nil
}

// textBatch is the number of prompts in one call of the text tower.
const textBatch = 32

// encodeClasses returns one embedding per class: each prompt's embedding at unit length, averaged. The cache normalises
// the average, so that templates count equally (Radford et al., ICML 2021).
func encodeClasses(ctx context.Context, e models.Encoder, tokens *bpe.Tokenizer, length int, prompts [][]string, r *Report) (f32.Matrix, error) {
	dim := e.Dim()
	mean := f32.New(len(prompts), dim)
	var ids []int64
	var owner []int
	flush := func() error {
		if len(owner) == 0 {
			return nil
		}
		out := f32.New(len(owner), dim)
		if err := e.EncodeText(ids, len(owner), out.Data); err != nil {
			return err
		}
		for i, c := range owner {
			if !f32.Finite(out.Row(i)) {
				return fault.Corruptf("featurize: the text tower gives values that are not finite for %q", prompts[c][0])
			}
			f32.Normalize(out.Row(i), out.Row(i))
			f32.Axpy(1/float32(len(prompts[c])), out.Row(i), mean.Row(c))
		}
		ids, owner = ids[:0], owner[:0]
		return ctx.Err()
	}
	for c := range prompts {
		for _, prompt := range prompts[c] {
			encoded, cut, err := tokens.Encode(prompt, length)
			if err != nil {
				return mean, fmt.Errorf("featurize: tokenize %q: %w", prompt, err)
			}
			if cut {
				r.Truncated = append(r.Truncated, prompt)
			}
			ids, owner = append(ids, encoded...), append(owner, c)
			if len(owner) == textBatch {
				if err := flush(); err != nil {
					return mean, err
				}
			}
		}
	}
	return mean, flush()
}
