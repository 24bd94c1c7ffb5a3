package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Attention says which tokens a token attends to: Tree or Sequence.
//
// Shapes: queries q (k,D), of the rows leave of the tokens, or of all; keys and values (n,D); heads lie side by side in
// a row. Queries are already divided by √d.
type Attention interface {
	// forward performs o_i = Σ_j a_ij v_j, a_i = softmax_j(q_i·k_j), for every head, and returns what backward wants.
	forward(w Work, o f32.Matrix, qkv [3]f32.Matrix, heads int, leave []int) weights
	// backward sets dqkv for do = ∂L/∂o, both with several cotangents stacked.
	backward(w Work, dqkv [3]f32.Matrix, do f32.Matrix, qkv [3]f32.Matrix, heads int, leave []int, a weights)
}

// weights are a_ij, as a kind of attention keeps them.
type weights []float32

// softmaxBack turns da = ∂L/∂a into the gradient before the softmax that gave a:  ds = a ∘ (da − Σ a da).
func softmaxBack(a, da []float32) {
	var mean float64
	for j, v := range a {
		mean += float64(v) * float64(da[j])
	}
	for j, v := range a {
		da[j] = v * (da[j] - float32(mean))
	}
}
