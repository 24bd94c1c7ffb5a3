// Package fed runs federated learning on frozen features: a server's rounds, clients' stages, messages between them.
//
// Who has a Method and training data makes a Home of clients, and hands both to Run, with a Plan; package lab does so
// from options by name, and package method has methods that are ready.
//
// A federated method is both sides in one file. What a client can be asked to do are its Stages, by name; what the
// server does is Round, written with few verbs:
//
//	Ask        puts a question to every client of the cohort, some at once, and takes the answers in client order
//	Average    Ask, and Σ_k w_k x_k / Σ_k w_k over the vectors in the answers
//	Shared     vectors that clients may know, first phi, the global parameters
//	Own        vectors that the server keeps for itself
//
// and a stage with these:
//
//	Copy, Zeros     vectors to work on
//	Kept, Keep      what the client keeps from round to round, by name
//	Batches         its samples in mini-batches, in an order fixed by (seed, round, client, stage)
//	Descend         steps on every batch by a rule that gives the gradient
//
// The engine keeps what does not vary between methods: who takes part, order, workers, checkpoints, the guard against
// NaN, counting. Results do not depend on the number of workers: every client's work is sequential and seeded by its
// coordinates, and reductions run in client order in float64.
package fed

import (
	"maps"
	"unsafe"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Method is one federated algorithm. Implementations hold hyper-parameters only.
type Method interface {
	// Stages is the client's side: what it can be asked to do, by name.
	Stages() Stages
	// Round is the server's side of one round.
	Round(r *Round) error
	// Global is the model that predicts for everyone; nil if the method has none.
	Global(shared Message) Model
	// Personal is the model that predicts for one client.
	Personal(c *Client, shared Message) Model
}

// Stages names what a client can be asked to do. A name is part of the wire; counts and class-rows are the engine's
// own.
type Stages map[string]Stage

// Stage is one thing that a client does. It sees its own data, what it kept, and the question; nothing else. The
// answer is nil where nobody waits for one.
type Stage func(c *Client, q Message) Message

// Message holds named vectors, to be read only; a number is a vector of one. Names are of lower-case letters, digits,
// - and _.
type Message map[string][]float32

// With returns a message that has one vector more, or another one under that name; nil takes it away.
func (m Message) With(name string, v []float32) Message {
	out := maps.Clone(m)
	if out == nil {
		out = Message{}
	}
	if out[name] = v; v == nil {
		delete(out, name)
	}
	return out
}

// holds reports whether a vector of the message lies in the memory of v.
func (m Message) holds(v []float32) bool {
	start, end := uintptr(unsafe.Pointer(unsafe.SliceData(v))), uintptr(4*len(v))
	for _, x := range m {
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(x))); len(x) > 0 && at-start < end {
			return true
		}
	}
	return false
}

// floats counts the numbers of a message.
func (m Message) floats() (n int64) {
	for _, v := range m {
		n += int64(len(v))
	}
	return n
}

// Simple predicts as most methods do: with the global parameters phi, and for a client with phi as it keeps it, or
// with the global one if it keeps none.
type Simple struct{}

// Global is ℓ(φ).
func (Simple) Global(shared Message) Model { return Model{Of(shared["phi"])} }

// Personal is ℓ(φ_k).
func (Simple) Personal(c *Client, shared Message) Model { return Model{c.Own("phi", shared["phi"])} }

// Source is one split of cached features. It must be safe for concurrent use.
type Source interface {
	Len() int
	Dim() int
	Labels() []int32
	Gather(dst f32.Matrix, rows []int) error // dst.Row(i) ← features of row rows[i]; a non-finite value is an error
}
