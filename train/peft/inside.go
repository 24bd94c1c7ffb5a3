package peft

import (
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// Side is where a module's parameters stand.
type Side int

const (
	Outside    Side = iota // on frozen, pooled features
	TextSided              // inside the text tower; features are as ever
	ImageSided             // inside the last blocks of the image tower, whose rows are tokens: see VisionTower
)

// Inside is what modules inside an encoder need of it. A tower is nil where none of its modules runs: one that is asked
// for its layout alone reads sizes, and no weights. Of a head without an Inside the layout has a made-up width.
type Inside struct {
	Text   TextTower
	Vision VisionTower
	// Work is what passes work with, in this memory; nil: the memory alone.
	Work func(m *f32.Arena) encoder.Work
}

// work is that of a pass in m.
func (i *Inside) work(m *f32.Arena) encoder.Work {
	if i.Work == nil {
		return encoder.Work{Memory: m}
	}
	return i.Work(m)
}

// TextTower is the frozen text tower with the class names as it reads them. A class's text is
//
//	Begin, context, Names[c], End
type TextTower struct {
	Tower      *encoder.Text
	Width      int // D of its tokens, which contexts have too
	Positions  int // how many tokens a text may have
	Begin, End []int
	Names      [][]int
	// Words are ids of what a context can be started from, such as "a photo of a"; may be nil.
	Words []int
}

// VisionTower is the end of the frozen image tower: its last blocks.
type VisionTower struct {
	Tower  *encoder.Vision
	Blocks int // how many
	Length int // tokens of an image, the class token first
	Width  int // of a token
}

// Columns is the number of columns of a row of tokens. Of a single block a row has LN₁ x of all tokens, and then x of
// the class token; of more it has x of all tokens, before the first of the blocks.
func (v VisionTower) Columns() int {
	if v.Blocks == 1 {
		return (v.Length + 1) * v.Width
	}
	return v.Length * v.Width
}
