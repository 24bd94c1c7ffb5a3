package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// VisionWeights are those of the last blocks of a vision tower, all of which have low-rank terms, and of what follows:
// the class token's last state is normalised and projected.
type VisionWeights struct {
	Blocks     []Weights
	Heads      int
	Activation Activation
	Final      Norm
	Projection Map // (E,D)
}

// Vision is the end of a vision tower, ready for many passes. Several goroutines may use it.
type Vision struct {
	whole []*Block // all blocks but the last
	first Norm     // LN₁ of the last
	last  *ClassBlock
	head  head
}

// NewVision lays out the weights.
func NewVision(w VisionWeights) *Vision {
	n := len(w.Blocks) - 1
	if n < 0 {
		panic("encoder: a tower without blocks")
	}
	v := &Vision{first: w.Blocks[n].Norm1, head: newHead(w.Final, w.Projection)}
	for _, b := range w.Blocks[:n] {
		v.whole = append(v.whole, NewBlock(b, w.Heads, w.Activation, true))
	}
	v.last = NewClassBlock(w.Blocks[n], w.Heads, w.Activation)
	return v
}

// Blocks is how many blocks there are.
func (v *Vision) Blocks() int { return len(v.whole) + 1 }

// Width is that of the tokens.
func (v *Vision) Width() int { return v.last.width }

// Embedding is E, the width of the features.
func (v *Vision) Embedding() int { return v.head.projection.forth.Rows }

// Images are the states of N images' tokens before the first block, each image's class token first. A single block
// needs less, which is what Normalised makes: its LN₁ of all tokens, and the class tokens as they are. These may lie
// behind the tokens of each image instead, where Class is empty.
//
// Shapes: Tokens (N·L,D), or (N·(L+1),D) with the class tokens  Class (N,D), of a single block alone
type Images struct {
	Tokens, Class f32.Matrix
	Length        int // L
}

// Normalised makes what a single block needs.
func (v *Vision) Normalised(w Work, tokens f32.Matrix, length int) Images {
	unit := w.normalise(w.matrix(tokens.Rows, tokens.Cols), tokens, v.first.Eps).unit
	return Images{v.first.on(w, unit), w.gather(tokens, classes(tokens.Rows, length)), length}
}

// classes are the rows of class tokens: the first of so many each.
func classes(tokens, length int) []int {
	rows := make([]int, tokens/length)
	for i := range rows {
		rows[i] = i * length
	}
	return rows
}

// behind are the last rows of so many each.
func behind(rows, each int) []int {
	last := classes(rows, each)
	for i := range last {
		last[i] += each - 1
	}
	return last
}

// VisionPass is one forward pass.
type VisionPass struct {
	Features f32.Matrix // (N,E), not normalised

	vision *Vision
	passes []*Pass
	first  normed
	last   *ClassPass
	final  normed
	length int
}

// Forward computes the images' features with the low-rank terms low, and dropout masks over the tokens, of every block;
// without dropout drop is nil. The pass lives in w's memory, and refers to what it is given.
func (v *Vision) Forward(w Work, in Images, low []LowRank, drop []Masks) *VisionPass {
	if len(low) != v.Blocks() || (drop != nil && len(drop) != v.Blocks()) {
		panic("encoder: low-rank terms, and masks, are of every block")
	}
	p := &VisionPass{vision: v, length: in.Length}
	masks := func(i int) *Masks {
		if drop == nil {
			return nil
		}
		return &drop[i]
	}
	n := len(v.whole)
	for i, b := range v.whole {
		p.passes = append(p.passes, b.Forward(w, Input{
			X: in.Tokens, Over: Sequence{in.Length}, Low: &low[i], Drop: masks(i),
		}))
		in.Tokens = p.passes[i].Out
	}
	if n > 0 {
		x := in.Tokens
		p.first = w.normalise(w.matrix(x.Rows, x.Cols), x, v.first.Eps)
		in.Tokens, in.Class = v.first.on(w, p.first.unit), w.gather(x, classes(x.Rows, in.Length))
	}
	rows := in.Length
	if n == 0 && in.Class.Rows == 0 {
		rows++
		in.Class = w.gather(in.Tokens, behind(in.Tokens.Rows, rows))
	}
	p.last = v.last.Forward(w, ClassInput{in.Tokens, in.Class, in.Length, rows, low[n], masks(n)})
	x := p.last.Out
	p.final = w.normalise(w.matrix(x.Rows, x.Cols), x, v.head.eps)
	p.Features = w.forward(v.head.projection, p.final.unit)
	return p
}

// Backward adds to grads[z], of every block, the gradients for part z of dfeatures = ∂L/∂f, the cotangents stacked
// (s·N,E). It may be called again.
func (p *VisionPass) Backward(w Work, grads [][]LowRank, dfeatures f32.Matrix) {
	if len(grads)*p.Features.Rows != dfeatures.Rows {
		panic("encoder: not a cotangent for every gradient")
	}
	defer w.Memory.Release(w.Memory.Mark())
	of := func(block int) (all []LowRank) {
		for _, g := range grads {
			all = append(all, g[block])
		}
		return all
	}
	v, n := p.vision, len(p.passes)
	d := w.backward(v.head.projection, dfeatures)
	p.final.back(w, d)
	skip, dx := p.last.Backward(w, d, of(n), n > 0)
	if n == 0 {
		return
	}
	v.first.back(w, dx)
	p.first.back(w, dx)
	tokens := p.first.unit.Rows
	scatter(dx, skip, classes(tokens, p.length), tokens)
	for i := n - 1; i >= 0; i-- {
		mark := w.Memory.Mark()
		copy(dx.Data, p.passes[i].Backward(w, dx, of(i)).Data)
		w.Memory.Release(mark)
	}
}
