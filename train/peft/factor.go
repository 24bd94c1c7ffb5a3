package peft

import "github.com/fedpurel/fedpurel/train/f32"

// Factor is the gradient of one tensor W as a product: ∂L/∂W = Dᵀ H, with the gradients D (B,Rows) that arrive at the
// layer's outputs and its inputs H (B,Cols). For a bias H is empty, and the gradient is the sum of the rows of D.
type Factor struct {
	Tensor Tensor
	D, H   f32.Matrix
	Dense  bool // rows are classes, not the samples of a batch: to be multiplied out at once
}

// AddTo adds the gradient to grad, which is of all parameters.
func (f Factor) AddTo(grad []float32) {
	if f.H.Cols == 0 {
		f32.AddRowSums(f.Tensor.Slice(grad), f.D)
	} else {
		f32.AddTMul(f.Tensor.Of(grad), f.D, f.H)
	}
}

// multiplyOut is Backward of a run that has factors.
func multiplyOut(grad []float32, factors []Factor) {
	for _, f := range factors {
		f.AddTo(grad)
	}
}
