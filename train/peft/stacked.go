package peft

import "github.com/fedpurel/fedpurel/train/f32"

// Stacked is a run whose backward passes cost less together than one by one. Several are deferred, with gradients to
// add to, and settled in one pass when the first of the gradients is read.
type Stacked interface {
	Run
	// Defer notes a backward pass: grad and dlogits must stay until Settle, and dlogits as it is.
	Defer(grad []float32, dlogits f32.Matrix)
	// Settle performs what is deferred and not settled yet. It is nothing to do where there is none.
	Settle(m *f32.Arena)
}

// deferred are the backward passes of a run that wait.
type deferred struct {
	grads   [][]float32
	dlogits []f32.Matrix
}

func (d *deferred) Defer(grad []float32, dlogits f32.Matrix) {
	d.grads, d.dlogits = append(d.grads, grad), append(d.dlogits, dlogits)
}

// take hands over what waits.
func (d *deferred) take() (grads [][]float32, dlogits []f32.Matrix) {
	grads, dlogits = d.grads, d.dlogits
	d.grads, d.dlogits = nil, nil
	return grads, dlogits
}

// stacked are the n rows of m that belong to backward pass z.
func stacked(m f32.Matrix, z, n int) f32.Matrix {
	return f32.Of(n, m.Cols, m.Data[z*n*m.Cols:(z+1)*n*m.Cols])
}
