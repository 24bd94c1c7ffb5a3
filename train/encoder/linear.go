package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// linear is a frozen map x ↦ W x + b, W (out,in), laid out for both directions.
type linear struct {
	forth, back f32.Packed // W, Wᵀ
	bias        []float32  // nil: none
}

func newLinear(m Map) linear { return linear{f32.Pack(m.W), f32.PackT(m.W), m.B} }

// product is dst = a·Wᵀ + b, or dst += a·Wᵀ.
type product struct {
	dst, a f32.Matrix
	weight f32.Packed
	bias   []float32
	add    bool
}

// multiply performs products that do not wait for each other.
func (w Work) multiply(products ...product) {
	n := 0
	for _, p := range products {
		n += p.weight.Panels()
	}
	w.each(n, func(_, i int) {
		for _, p := range products {
			if i < p.weight.Panels() {
				p.panel(i)
				return
			}
			i -= p.weight.Panels()
		}
	})
}

// panel does one panel. A bias is what its sums start from.
func (p product) panel(i int) {
	if p.bias != nil {
		from, to := p.weight.Columns(i)
		for r := range p.dst.Rows {
			copy(p.dst.Row(r)[from:to], p.bias[from:to])
		}
	}
	p.weight.Panel(i, p.dst, p.a, p.add || p.bias != nil)
}

// forward is x Wᵀ + b.
func (w Work) forward(l linear, x f32.Matrix) f32.Matrix {
	y := w.matrix(x.Rows, l.forth.Rows)
	w.multiply(product{dst: y, a: x, weight: l.forth, bias: l.bias})
	return y
}

// backward is dy W.
func (w Work) backward(l linear, dy f32.Matrix) f32.Matrix {
	dx := w.matrix(dy.Rows, l.back.Rows)
	w.multiply(product{dst: dx, a: dy, weight: l.back})
	return dx
}

// addBackward performs dx += dy W.
func (w Work) addBackward(dx f32.Matrix, l linear, dy f32.Matrix) {
	w.multiply(product{dst: dx, a: dy, weight: l.back, add: true})
}
