package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Block is a frozen transformer block, ready for many passes.
type Block struct {
	width, heads int
	eps          float64
	first        Norm // gain and shift of LN₁, where they are not part of q, k, v
	qkv          [3]linear
	tail         tail
}

// NewBlock lays out the weights w. LN₁'s gain and shift become part of W_q, W_k, W_v, unless the block is adapted:
// low-rank terms, and their dropout masks, see what LN₁ gives. 1/√d becomes part of W_q.
func NewBlock(w Weights, heads int, act Activation, adapted bool) *Block {
	d := w.Query.W.Cols
	if heads < 1 || d%heads != 0 {
		panic("encoder: heads do not divide the width")
	}
	b := &Block{width: d, heads: heads, eps: w.Norm1.Eps, tail: newTail(w, act)}
	for i, m := range []Map{w.Query, w.Key, w.Value} {
		if !adapted {
			m = m.after(w.Norm1)
		}
		if i == query {
			m = m.times(rootOf(d / heads))
		}
		b.qkv[i] = newLinear(m)
	}
	if adapted {
		b.first = Norm{Gain: w.Norm1.Gain, Shift: w.Norm1.Shift}
	}
	return b
}

// The parts of [3] arrays.
const (
	query = iota
	key
	value
)

// Input is what goes into a block.
type Input struct {
	X     f32.Matrix // tokens (n,D)
	Over  Attention
	Leave []int    // the rows of X that leave the block, in this order, some perhaps twice; nil: all
	Low   *LowRank // low-rank terms, of adapted blocks alone; nil: none
	Drop  *Masks   // dropout of Low's inputs; nil: none
	known *known
}

// known are the queries, keys and values of all tokens but those in moved, whose X alone depends on parameters.
type known struct {
	qkv   [3]f32.Matrix
	moved []int
}

// Pass is one forward pass through a block, with what its backward passes need. Its Out is x' (k,D).
//
// Shapes: x̂₁ (n,D), of moved tokens if some are known  q (k,D)  k, v (n,D), k tokens leaving
type Pass struct {
	tailPass

	block   *Block
	in      Input
	first   normed // x̂₁
	terms   [3]*term
	qkv     [3]f32.Matrix
	weights weights
}

// Forward lets tokens through the block:
//
//	q, k, v = W y + b + γ B A (m ∘ y),  y = LN₁ x,   h = x + W_o attention(q, k, v) + b_o
//	x' = h + W₂ act(W₁ LN₂ h + b₁) + b₂
//
// q, h and x' are of the tokens that leave. The pass lives in w's memory.
func (b *Block) Forward(w Work, in Input) *Pass {
	p := &Pass{block: b, in: in}
	if in.known == nil {
		p.project(w)
	} else {
		p.projectMoved(w)
	}
	o := w.matrix(p.qkv[query].Rows, b.width)
	p.weights = in.Over.forward(w, o, p.qkv, b.heads, in.Leave)
	p.tailPass = b.tail.forward(w, o, in.X, in.Leave)
	return p
}

// project makes queries, keys and values.
func (p *Pass) project(w Work) {
	b, in := p.block, p.in
	p.first = w.normalise(w.matrix(in.X.Rows, b.width), in.X, b.eps)
	y := b.first.on(w, p.first.unit)
	inputs := [3]f32.Matrix{w.gather(y, in.Leave), y, y}
	p.qkv = b.ask(w, inputs)
	if in.Low == nil {
		return
	}
	if b.first.Gain == nil {
		panic("encoder: low-rank terms of a block that is not adapted")
	}
	for i := range p.terms {
		leave := in.Leave
		if i != query {
			leave = nil
		}
		p.terms[i] = in.Low.of(i, in.Drop, leave, in.X.Rows)
		if i == query {
			p.terms[i].gamma *= rootOf(b.width / b.heads)
		}
		p.terms[i].addTo(w, p.qkv[i], inputs[i])
	}
}

// ask multiplies by W_q, W_k, W_v.
func (b *Block) ask(w Work, y [3]f32.Matrix) (qkv [3]f32.Matrix) {
	var all [3]product
	for i, l := range b.qkv {
		qkv[i] = w.matrix(y[i].Rows, b.width)
		all[i] = product{dst: qkv[i], a: y[i], weight: l.forth, bias: l.bias}
	}
	w.multiply(all[:]...)
	return qkv
}

// projectMoved puts queries, keys and values of moved tokens in their places among the known ones.
func (p *Pass) projectMoved(w Work) {
	b, moved := p.block, p.in.known.moved
	x := w.gather(p.in.X, moved)
	p.first = w.normalise(w.matrix(x.Rows, x.Cols), x, b.eps)
	mine := b.ask(w, [3]f32.Matrix{p.first.unit, p.first.unit, p.first.unit})
	for i := range mine {
		p.qkv[i] = w.Memory.Clone(p.in.known.qkv[i])
		for j, r := range moved {
			copy(p.qkv[i].Row(r), mine[i].Row(j))
		}
	}
	p.qkv[query] = w.gather(p.qkv[query], p.in.Leave)
}

// at is rows[i], nil being all rows.
func at(rows []int, i int) int {
	if rows == nil {
		return i
	}
	return rows[i]
}
