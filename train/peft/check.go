package peft

import (
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Check reports options out of range, and a head on which the module cannot be built with them.
func (e Entry) Check(h Head, o Options) error {
	if o != nil {
		if err := o.Validate(); err != nil {
			return err
		}
	}
	if projects := h.Projection.Rows > 0; projects != e.Projects {
		return fault.Usagef("peft: modules %s, and only they, work on pre-projection features: "+
			"choose another module, or import a cache with --projection", strings.Join(projecting(), " and "))
	}
	switch e.Inside {
	case TextSided:
		return e.checkPrompt(h, o.(Prompt))
	case ImageSided:
		return e.checkVision(h, o.(VisionLowRank))
	}
	return nil
}

// checkVision reports tokens that are not those of the blocks.
func (e Entry) checkVision(h Head, o VisionLowRank) error {
	if h.Inside == nil || h.Inside.Vision.Tower == nil {
		return fault.Usagef("peft: module %s needs a cache with tokens: make it with featurize --tokens %d",
			e.Name, o.Blocks)
	}
	v := h.Inside.Vision
	switch {
	case v.Blocks != o.Blocks:
		return fault.Usagef("peft: --blocks is %d, and the cache has tokens for the last %d blocks: "+
			"give --blocks %d, or make the cache with featurize --tokens %d", o.Blocks, v.Blocks, v.Blocks, o.Blocks)
	case v.Tower.Embedding() != h.Text.Cols:
		return fault.Mismatchf("peft: the image tower's features have %d columns, and the class texts %d: "+
			"the texts are of another model", v.Tower.Embedding(), h.Text.Cols)
	}
	return nil
}

// projecting lists the modules that work before the projection.
func projecting() []string {
	var names []string
	for _, e := range Modules {
		if e.Projects {
			names = append(names, e.Name)
		}
	}
	return names
}

// checkPrompt reports texts that the tower cannot read, and words that are no start of the context.
func (e Entry) checkPrompt(h Head, o Prompt) error {
	if h.Inside == nil || h.Inside.Text.Tower == nil {
		return fault.Usagef("peft: module %s works inside the text tower: name the model with --model", e.Name)
	}
	t := h.Inside.Text
	switch {
	case len(t.Names) != h.Text.Rows:
		return fault.Mismatchf("peft: the text tower reads %d class names, and the features are of %d classes",
			len(t.Names), h.Text.Rows)
	case t.Tower.Embedding() != h.Text.Cols:
		return fault.Mismatchf("peft: the text tower's features have %d columns, and the class texts %d: "+
			"the features are of another model", t.Tower.Embedding(), h.Text.Cols)
	case o.Start != "" && len(t.Words) != o.Tokens:
		return fault.Usagef("peft: --prompt-start %q has %d tokens, and --prompt-tokens is %d: make them equal",
			o.Start, len(t.Words), o.Tokens)
	}
	texts := t.read(o.Tokens, false)
	for c, text := range texts {
		if len(text) > t.Positions {
			return fault.Usagef("peft: with %d learned tokens the text of class %d has %d, and the tower reads %d: "+
				"lower --prompt-tokens", o.Tokens, c, len(text), t.Positions)
		}
	}
	err := t.Tower.Check(texts, o.Tokens)
	if err == nil && o.Start != "" {
		err = t.Tower.Check([][]int{t.Words}, 0)
	}
	if err != nil {
		return fault.Mismatchf("peft: the tokens are of another model: %w", err)
	}
	return nil
}
