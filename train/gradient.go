package train

import (
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Gradient is a gradient with respect to a module's parameters, tensor by tensor: of a module that has factors, large tensors stay
// products Dᵀ H; all else is multiplied out. It is made once and filled on every batch.
//
// Comparing two gradients of a large tensor through their factors is much cheaper than through the tensors, and only
// the gradient that is applied, the purified one, is ever multiplied out, straight into the parameters.
type Gradient struct {
	Layout  peft.Layout
	module  peft.Module
	dense   []float32     // of every parameter; what factors stand for is not filled in
	factors []peft.Factor // of every tensor; none if the module has no factors
	batch   *f32.Arena    // where the factors lie
}

// NewGradient returns a gradient for the module, to be filled by Backward; it lives in memory.
func NewGradient(module peft.Module, memory *f32.Arena) *Gradient {
	l := module.Layout()
	return &Gradient{Layout: l, module: module, dense: memory.Matrix(1, l.Size()).Data, factors: make([]peft.Factor, 0, len(l))}
}

// Backward makes g the gradient at p for dlogits = ∂L/∂ℓ. It lives as long as what is in the arena m, which holds the cache.
func (g *Gradient) Backward(m *f32.Arena, p []float32, cache peft.Cache, dlogits f32.Matrix) {
	g.batch = m
	f, ok := g.module.(peft.Factored)
	if !ok {
		clear(g.dense)
		g.module.Backward(m, g.dense, p, cache, dlogits)
		return
	}
	g.factors = f.Factors(g.factors[:0], m, p, cache, dlogits)
	for i, t := range g.Layout {
		if !g.product(i) {
			d := t.Slice(g.dense)
			clear(d)
			g.factors[i].AddTo(d)
		}
	}
}

// product says whether tensor i is kept as factors. With B samples and an R×C tensor, comparing two gradients takes about
// B²(3C+4R) multiplications and additions through factors; through the tensors, a product more of 2BRC, and half a dozen passes over
// R·C values, which wait for memory and count for ten operations each.
func (g *Gradient) product(i int) bool {
	if len(g.factors) == 0 || g.factors[i].H.Cols == 0 {
		return false
	}
	b, r, c := g.factors[i].D.Rows, g.factors[i].D.Cols, g.factors[i].H.Cols
	return b*b*(3*c+4*r) < (2*b+60)*r*c
}

// gram returns ⟨g,a⟩, ‖g‖² and ‖a‖² of tensor i, in float64.
//
// For products G = Dᵀ H and A = Eᵀ H' it is ⟨G,A⟩ = Σ (D Eᵀ) ∘ (H H'ᵀ) = ⟨D, (H H'ᵀ) E⟩: nothing larger than (B,R) is formed. Both
// gradients come from the same forward pass, so H' = H.
func (g *Gradient) gram(a *Gradient, i int) (ga, gg, aa float64) {
	if !g.product(i) {
		x, y := g.Layout[i].Slice(g.dense), a.Layout[i].Slice(a.dense)
		return f32.Dot(x, y), f32.Dot(x, x), f32.Dot(y, y)
	}
	d, e, h := g.factors[i].D, a.factors[i].D, g.factors[i].H
	hh, he := g.batch.Matrix(h.Rows, h.Rows), g.batch.Matrix(d.Rows, d.Cols)
	f32.MulT(hh, h, h)
	f32.Mul(he, hh, e)
	ga, aa = f32.Dot(d.Data, he.Data), f32.Dot(e.Data, he.Data)
	f32.Mul(he, hh, d)
	return ga, f32.Dot(d.Data, he.Data), aa
}

// subtract performs g −= k·a on tensor i.
func (g *Gradient) subtract(k float64, a *Gradient, i int) {
	if k == 0 {
		return
	}
	if g.product(i) {
		f32.Axpy(-float32(k), a.factors[i].D.Data, g.factors[i].D.Data)
	} else {
		f32.Axpy(-float32(k), a.Layout[i].Slice(a.dense), g.Layout[i].Slice(g.dense))
	}
}
