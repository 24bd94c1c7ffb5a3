// Package fed runs federated learning on frozen features: rounds, clients, averages, state.
//
// A federated method is one function, Round, written with few verbs:
//
//	Map        runs one function for every client of the round's cohort, some at once, results in client order
//	InOrder    the same, one client after the other
//	Average    Map for functions that give parameters, and φ ← Σ_k (n_k/n) φ_k over the cohort
//	Batches    the client's mini-batches, in an order fixed by (seed, round, client, stage)
//	Global     a copy of the global parameters
//	Personal   the parameters that a client keeps between rounds
//
// The engine keeps what does not vary between methods: who takes part, order, workers, checkpoints, the guard against
// NaN, counting. Results do not depend on the number of workers: every client's work is sequential and seeded by its
// coordinates, and reductions run in client order in float64.
package fed

import (
	"github.com/fedpurel/fedpurel/train/f32"
)

// Method is one federated algorithm: what a round does to the state. Implementations hold hyper-parameters only; all
// that changes lives in State.
type Method interface{ Round(r *Round) error }

// Personal says how a client's own model predicts once training has run.
type Personal int

// The ways to predict for a client.
const (
	PersonalNone     Personal = iota // there is no personal model: the global one speaks
	PersonalOwn                      // ℓ_P alone: the client's own parameters
	PersonalResidual                 // ℓ_G + ℓ_P: the client's branch corrects the frozen global model
)

// Source is one split of cached features. It must be safe for concurrent use.
type Source interface {
	Len() int
	Dim() int
	Labels() []int32
	Gather(dst f32.Matrix, rows []int) error // dst.Row(i) ← features of row rows[i]; a non-finite value is an error
}

// State is all that changes during a run.
type State struct {
	Round    int                  // rounds finished
	Global   []float32            // φ_g
	Personal *Vectors             // φ_k; none until the client first takes part
	Server   map[string][]float32 // vectors that a method keeps at the server
}

// personal returns client k's parameters, to be read only, maybe in buffer. For a client that has not taken part yet they are start, or
// the global parameters if start is nil.
func (s *State) personal(k int, start, buffer []float32) ([]float32, error) {
	phi, err := s.Personal.Get(k, buffer)
	switch {
	case err != nil || phi != nil:
		return phi, err
	case start != nil:
		return start, nil
	default:
		return s.Global, nil
	}
}
