package train

import (
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Gradient is a gradient with respect to a module's parameters, tensor by tensor: of a run that has factors, large
// tensors stay products Dᵀ H; all else is multiplied out. It is made once and filled on every batch.
//
// Comparing two gradients of a large tensor through their factors is much cheaper than through the tensors, and only
// the gradient that is applied, the purified one, is ever multiplied out, straight into the parameters.
type Gradient struct {
	Layout  peft.Layout   // its tensors: a module's, or the part that is trained
	dense   []float32     // of every parameter; what factors stand for is not filled in
	factors []peft.Factor // of every tensor of the layout; none if the run has no factors
	all     []peft.Factor // of the run
	out     []bool        // tensors whose factors were multiplied out after all
	added   []summand
	batch   *f32.Arena   // where the factors lie
	due     peft.Stacked // the run whose backward passes wait until one of its gradients is read; nil: none
}

// summand is k·v.
type summand struct {
	k float64
	v []float32
}

// NewGradient returns a gradient for a module with this layout, to be filled by Backward; it lives in memory. Only
// the tensors in only, a part of the layout, are formed, compared and stepped; nil stands for all.
func NewGradient(module, only peft.Layout, memory *f32.Arena) *Gradient {
	if only == nil {
		only = module
	}
	return &Gradient{Layout: only, dense: memory.Matrix(1, module.Size()).Data, out: make([]bool, len(only))}
}

// Backward makes g the gradient at a run's parameters for dlogits = ∂L/∂ℓ. It lives as long as what is in the arena
// m, which holds the run, and refers to dlogits.
func (g *Gradient) Backward(m *f32.Arena, run peft.Run, dlogits f32.Matrix) {
	g.batch, g.added, g.factors = m, g.added[:0], g.factors[:0]
	clear(g.out)
	f, ok := run.(peft.Factored)
	if !ok {
		clear(g.dense)
		if g.due, ok = run.(peft.Stacked); ok {
			g.due.Defer(g.dense, dlogits)
		} else {
			run.Backward(m, g.dense, dlogits)
		}
		return
	}
	g.due = nil
	g.all = f.Factors(g.all[:0], m, dlogits)
	next := 0
	for i, t := range g.Layout {
		for g.all[next].Tensor != t { // both are in the order of the module's layout
			next++
		}
		g.factors = append(g.factors, g.all[next])
		if !g.product(i) {
			g.multiplyOut(i)
		}
	}
}

// product says whether tensor i is kept as factors. With B samples and an R×C tensor, comparing two gradients takes
// about B²(3C+4R) multiplications and additions through factors; through the tensors, a product more of 2BRC, and
// half a dozen passes over R·C values, which wait for memory and count for ten operations each.
//
// Whoever reads a tensor asks this first: a gradient that waits is formed here.
func (g *Gradient) product(i int) bool {
	if g.due != nil {
		g.due.Settle(g.batch)
		g.due = nil
	}
	if len(g.factors) == 0 || g.out[i] || g.factors[i].Dense || g.factors[i].H.Cols == 0 {
		return false
	}
	b, r, c := g.factors[i].D.Rows, g.factors[i].D.Cols, g.factors[i].H.Cols
	return b*b*(3*c+4*r) < (2*b+60)*r*c
}

// multiplyOut forms tensor i from its factors.
func (g *Gradient) multiplyOut(i int) {
	clear(g.Layout[i].Slice(g.dense))
	g.factors[i].AddTo(g.dense)
	g.out[i] = true
}

// tensor is tensor i, multiplied out.
func (g *Gradient) tensor(i int) []float32 {
	if g.product(i) {
		g.multiplyOut(i)
	}
	return g.Layout[i].Slice(g.dense)
}

// Add performs g ← g + k·v. v is a vector of all parameters, and read at the step; it may be the parameters that are
// stepped. Purify does not see it, nor do AddTo and Dot, and the next Backward forgets it. k = 0 adds nothing.
func (g *Gradient) Add(k float64, v []float32) {
	if k != 0 {
		g.added = append(g.added, summand{k, v})
	}
}

// AddTo performs v ← v + k·g, without what was added to g.
func (g *Gradient) AddTo(v []float32, k float64) {
	for i, t := range g.Layout {
		f32.Axpy(float32(k), g.tensor(i), t.Slice(v))
	}
}

// Dot is ⟨g,v⟩ in float64, without what was added to g.
func (g *Gradient) Dot(v []float32) (sum float64) {
	for i, t := range g.Layout {
		sum += f32.Dot(g.tensor(i), t.Slice(v))
	}
	return sum
}

// sum is tensor i with what was added to it, in memory of its own.
func (g *Gradient) sum(i int) []float32 {
	t := g.Layout[i]
	out := g.batch.Matrix(t.Rows, t.Cols)
	if g.product(i) {
		clear(out.Data)
		f32.AddTMul(out, g.factors[i].D, g.factors[i].H)
	} else {
		copy(out.Data, t.Slice(g.dense))
	}
	for _, a := range g.added {
		f32.Axpy(float32(a.k), t.Slice(a.v), out.Data)
	}
	return out.Data
}

// gram returns ⟨g,a⟩, ‖g‖² and ‖a‖² of tensor i, in float64.
//
// For products G = Dᵀ H and A = Eᵀ H' it is ⟨G,A⟩ = Σ (D Eᵀ) ∘ (H H'ᵀ) = ⟨D, (H H'ᵀ) E⟩: nothing larger than (B,R) is
// formed. Both gradients come from the same forward pass, so H' = H.
func (g *Gradient) gram(a *Gradient, i int) (ga, gg, aa float64) {
	if !g.product(i) || !a.product(i) {
		x, y := g.tensor(i), a.tensor(i)
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
	switch {
	case k == 0:
	case g.product(i) && a.product(i):
		f32.Axpy(-float32(k), a.factors[i].D.Data, g.factors[i].D.Data)
	default:
		f32.Axpy(-float32(k), a.tensor(i), g.tensor(i))
	}
}
