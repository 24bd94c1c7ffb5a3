package lab

import (
	"context"
	"fmt"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/inside"
	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
)

// headOn is the frozen classifier of a cache as the spec's module sees it: with the encoder's tower, if the module
// stands in one.
func (s *Spec) headOn(ctx context.Context, c *cache.Cache, crew *ordered.Crew, how How) (peft.Head, error) {
	head := headOf(c, s.module)
	if !s.Trains() || s.module.Inside == peft.Outside {
		return head, nil
	}
	want := inside.Want{Side: s.module.Inside, Model: s.Model, Crew: crew}
	for _, f := range option.Fields(s.options["module"]) {
		if f.Name == "prompt_start" {
			want.Words = f.Value.(string)
		}
	}
	in, notes, err := inside.Load(ctx, c, want)
	if err != nil {
		return head, fmt.Errorf("--module %s: %w", s.Module, err)
	}
	how.tell(notes...)
	head.Inside = in
	return head, s.module.Check(head, s.moduleOptions())
}

// inside is the head of a run whose module stands in the encoder, for reading what clients keep.
func (f *Folder) inside() (head peft.Head, err error) {
	dir, err := f.cacheFolder()
	if err != nil {
		return head, err
	}
	held, err := cache.Map(dir)
	if err != nil {
		return head, err
	}
	defer held.Close() // read-only
	head, err = f.Spec.headOn(context.Background(), held, nil, How{Notice: f.Notice})
	head.Text = head.Text.Clone() // the cache is closed
	return head, err
}

// predicts refuses models that do not predict from the encoder's rows.
func (s *Spec) predicts() error {
	if s.Trains() && s.module.Inside == peft.ImageSided {
		return fault.Usagef("model: --module %s changes the image tower, and predicts from tokens, not from rows of "+
			"the encoder: predict, export and personalize do not take its runs; `fedpurel eval` scores them", s.Module)
	}
	return nil
}

// settle makes a model of a module inside the text tower one of the class texts that the tower gives: it predicts
// without the tower, and is written so.
func (m *Model) settle(s *Spec) {
	if s.module.Inside != peft.TextSided || m.Module == nil {
		return
	}
	var scratch f32.Arena
	for i, part := range m.Parts {
		moved := peft.Moved(nil, &scratch, m.Module, part.Phi)
		m.Parts[i].Phi = moved.Text.Data
	}
	m.Module = peft.NewClassTexts(m.Head)
}
