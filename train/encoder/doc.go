// Package encoder computes inside a frozen transformer: one block forward, and its gradients with respect to its inputs
// and to low-rank terms on queries, keys and values. Frozen weights have no gradients.
//
// A pass keeps what its backward passes need; several cotangents, such as those of the task and of the alignment loss,
// go back stacked, in one pass. Work hands in memory and workers: the package starts no goroutine, and its results are
// the same bits for any number of workers.
package encoder
