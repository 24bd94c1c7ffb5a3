package train

import (
	"math"
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Curvature estimates how sharply cross-entropy bends at the parameters phi: the trace of its Gauss–Newton matrix,
// which is also that of the Fisher information, for the average sample,
//
//	tr F = (1/N) Σ_i tr[ J_iᵀ (diag p_i − p_i p_iᵀ) J_i ] = (1/N) Σ_i E_{y∼p_i} ‖∂ CE(ℓ_i, y)/∂φ‖²
//
// with J_i = ∂ℓ_i/∂φ and the module's own predictions p_i = softmax ℓ_i: no label is read. SGD on batches of B with
// momentum μ forgets what single samples teach it where its rate is below about 2B(1−μ)/tr F, and above that blows it
// up; so rates that do the same in two worlds are as 1 to tr F.
//
// Each sample counts with one vector δ = √p ⊙ ε − p⟨√p, ε⟩ of random signs ε, whose covariance is diag p − p pᵀ
// (Hutchinson's estimator): no bias, and little variance over some hundred samples.
func Curvature(module peft.Module, phi []float32, x f32.Matrix, rng *rand.Rand) float64 {
	bound := module.At(nil, phi)
	grad := make([]float32, len(phi))
	var memory f32.Arena
	var sum float64
	for i := range x.Rows {
		memory.Reset()
		run := bound.Forward(&memory, f32.Of(1, x.Cols, x.Row(i)), nil)
		delta := memory.Matrix(1, run.Logits().Cols)
		scatter(delta.Row(0), run.Logits().Row(0), rng)
		clear(grad)
		run.Backward(&memory, grad, delta)
		sum += f32.Dot(grad, grad)
	}
	return sum / float64(x.Rows)
}

// scatter draws δ = √p ⊙ ε − p⟨√p, ε⟩ for p = softmax ℓ.
func scatter(delta, logits []float32, rng *rand.Rand) {
	p := make([]float32, len(logits))
	f32.Softmax(p, logits)
	var along float32
	for c := range delta {
		delta[c] = float32(math.Sqrt(float64(p[c])))
		if rng.Uint64()&1 == 0 {
			delta[c] = -delta[c]
		}
		along += delta[c]
	}
	f32.Axpy(-along, p, delta)
}
