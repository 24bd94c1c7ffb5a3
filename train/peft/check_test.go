package peft

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Modules inside an encoder are refused in a line where it is not there, or another one.
func TestInsideRefusals(t *testing.T) {
	for _, bad := range []struct {
		module, says string
		kind         fault.Kind
		o            Options
		spoil        func(*Head)
	}{
		{"prompt", "--model", fault.Usage, promptOptions, func(h *Head) { h.Inside = nil }},
		{"prompt-class", "--model", fault.Usage, promptOptions, func(h *Head) { h.Inside.Text.Tower = nil }},
		{"prompt", "6 class names", fault.Mismatch, promptOptions, func(h *Head) {
			h.Inside.Text.Names = h.Inside.Text.Names[:6]
		}},
		{"prompt", "12 columns", fault.Mismatch, promptOptions, func(h *Head) { h.Text = f32.New(classes, dim+1) }},
		{"prompt", "class 3", fault.Usage, Prompt{Tokens: 7}, func(*Head) {}},
		{"prompt-class", "--prompt-tokens", fault.Usage, Prompt{Tokens: 9}, func(*Head) {}},
		{"prompt", "neither among", fault.Mismatch, promptOptions, func(h *Head) { h.Inside.Text.Begin = []int{99} }},
		{"prompt", "neither among", fault.Mismatch, Prompt{3, "any"}, func(h *Head) { h.Inside.Text.Words[1] = 99 }},
		{"prompt", `"any" has 3 tokens, and --prompt-tokens is 4`, fault.Usage, Prompt{4, "any"}, func(*Head) {}},
		{"prompt", `"any" has 0 tokens`, fault.Usage, Prompt{3, "any"}, func(h *Head) { h.Inside.Text.Words = nil }},
		{"lora-vision", "featurize --tokens 1", fault.Usage, visionOptions, func(h *Head) { h.Inside = nil }},
		{"lora-vision", "featurize --tokens 1", fault.Usage, visionOptions, func(h *Head) {
			h.Inside.Vision.Tower = nil
		}},
		{"lora-vision", "give --blocks 1", fault.Usage, VisionLowRank{visionOptions.LowRank, 2}, func(*Head) {}},
		{"lora-vision", "12 columns", fault.Mismatch, visionOptions, func(h *Head) { h.Text = f32.New(classes, 3) }},
	} {
		e, err := Find(bad.module)
		if err != nil {
			t.Fatal(err)
		}
		h := head(rand.New(rand.NewPCG(1, 2)), e)
		if _, err := New(bad.module, h, e.Options); err != nil {
			t.Fatalf("%s: refused as it should be: %v", bad.module, err)
		}
		bad.spoil(&h)
		_, err = New(bad.module, h, bad.o)
		if fault.KindOf(err) != bad.kind || !strings.Contains(err.Error(), bad.says) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %+v: %v", bad.module, bad.o, err)
		}
	}
}

// The layout follows from sizes alone: without an inside, and of one whose towers are not there.
func TestLayoutsNeedNoTowers(t *testing.T) {
	for _, e := range Modules {
		if e.Inside == Outside {
			continue
		}
		h := head(rand.New(rand.NewPCG(1, 2)), e)
		want := e.New(h, e.Options).Layout()
		h.Inside.Text.Tower, h.Inside.Vision.Tower = nil, nil
		if got := e.New(h, e.Options).Layout(); !slices.Equal(got, want) {
			t.Errorf("%s: %v without towers, %v with them", e.Name, got, want)
		}
		h.Inside = nil
		if got := e.New(h, e.Options).Layout(); !slices.Equal(got.Names(), want.Names()) {
			t.Errorf("%s: %v without an inside", e.Name, got.Names())
		}
	}
}
