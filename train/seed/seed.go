// Package seed names every random stream of a run.
//
// A generator is made where it is used, from a root seed, a purpose and coordinates, is used by one goroutine and
// thrown away. Hence results do not depend on scheduling, a new purpose moves no other stream, and resuming a run needs
// no replay.
package seed

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Root is the seed that a user sets. A run has two: one for the data (long tail, partition), one for training.
type Root uint64

// Purpose says what a stream is for.
type Purpose string

// The purposes, with their coordinates. Changing a text changes the results of every run.
const (
	LongTail    Purpose = "long tail"    // class
	ClassOrder  Purpose = "class order"  // –
	LocalTest   Purpose = "local test"   // client
	Partition   Purpose = "partition"    // draw, class; for the Dirichlet weights also 1
	Unseen      Purpose = "unseen"       // –
	Cohort      Purpose = "cohort"       // round
	Init        Purpose = "init"         // –
	Shuffle     Purpose = "shuffle"      // round, client, stage
	Dropout     Purpose = "dropout"      // round, client, stage, step
	Split       Purpose = "split"        // class
	View        Purpose = "view"         // image of the split, view from 1
	ViewOrder   Purpose = "view order"   // round, client, stage
	Curvature   Purpose = "curvature"    // –
	SampleImage Purpose = "sample image" // split, class, index
	Bootstrap   Purpose = "bootstrap"    // metric (Name of it), replicate
	Draw        Purpose = "draw"         // round, client, what the method numbers
	Server      Purpose = "server"       // round, what the method numbers
)

// Stream returns the generator of a purpose at its coordinates: ChaCha8, keyed by SHA-256 of all of them.
func (r Root) Stream(p Purpose, at ...uint64) *rand.Rand { return rand.New(r.Source(p, at...)) }

// Source is Stream for libraries that want a source, as gonum's distributions do.
func (r Root) Source(p Purpose, at ...uint64) rand.Source { return rand.NewChaCha8(r.Key(p, at...)) }

// Key is the key of that generator.
func (r Root) Key(p Purpose, at ...uint64) [32]byte {
	key := []byte("fedpurel/1\x00")
	key = binary.LittleEndian.AppendUint64(key, uint64(r))
	key = binary.LittleEndian.AppendUint64(key, uint64(len(p)))
	key = append(key, p...)
	key = binary.LittleEndian.AppendUint64(key, uint64(len(at)))
	for _, a := range at {
		key = binary.LittleEndian.AppendUint64(key, a)
	}
	return sha256.Sum256(key)
}

// Name makes a coordinate of a text: what is named has its stream whatever stands beside it.
func Name(text string) uint64 {
	sum := sha256.Sum256([]byte(text))
	return binary.LittleEndian.Uint64(sum[:])
}
