// Package encoder computes inside frozen transformers what changes when prompts, or low-rank terms in the last vision
// blocks, are trained: features forward, and gradients with respect to contexts and low-rank terms. Frozen weights have
// no gradients.
//
// A Text tower prepares Prompts once; every step lets a context through (Forward) and takes gradients with respect to
// the features back (Backward):
//
//	tower := encoder.NewText(weights)                      // packs the weights, both ways
//	prompts := tower.Prompts(work, texts, rows)            // −1−j in a text stands for row j of the context
//	pass := prompts.Forward(work, ctx)                     // pass.Features (C,E), not normalised
//	pass.Backward(work, []f32.Matrix{g0, g1}, dfeatures)   // two cotangents stacked (2C,E): g_z += ∂/∂ctx
//
// A context that all classes share appears in all texts by the same numbers; a context for every class has its own.
// Vision does the same with LowRank terms of its blocks, from cached states of images' tokens; of the last block only
// class tokens leave, and ClassBlock never forms keys and values. Dropout masks are the caller's, drawn by NewMask.
//
// Both stand on Block, a transformer block, and on Attention over a Tree of tokens or over Sequences.
//
// A pass keeps what its backward passes need; several cotangents, such as those of the task and of the alignment loss,
// go back stacked, in one pass. What a pass makes lives in the memory of the Work that it was handed. Towers and
// prompts are read-only once made, and several goroutines may use them, each with a Work of its own; two clients side
// by side are faster than one with two workers.
//
// The package starts no goroutine: Work hands in workers. Results are the same bits for any number of them, and from
// AVX2 and AVX-512.
//
// Features and gradients are within 10⁻⁵ of PyTorch's in float64, relatively (tools/reference/README.md).
package encoder
