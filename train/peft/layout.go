package peft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Tensor names a Rows×Cols view of the flat parameter vector. A vector has one row.
type Tensor struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	Cols   int    `json:"cols"`
	Offset int    `json:"offset"`
}

// Slice is the tensor's part of the parameters p.
func (t Tensor) Slice(p []float32) []float32 {
	n := t.Rows * t.Cols
	return p[t.Offset : t.Offset+n : t.Offset+n]
}

// Of is the tensor's part of the parameters p as a matrix.
func (t Tensor) Of(p []float32) f32.Matrix { return f32.Of(t.Rows, t.Cols, t.Slice(p)) }

// Layout lists tensors in the order in which they lie in the parameter vector: all of a module's, or a part of them,
// which keeps the offsets of the whole.
type Layout []Tensor

// layout places tensors one after the other.
func layout(tensors ...Tensor) Layout {
	at := 0
	for i := range tensors {
		tensors[i].Offset = at
		at += tensors[i].Rows * tensors[i].Cols
	}
	return tensors
}

// Size is the number of parameters of a whole layout. Of a part it says how far into the vector the part reaches.
func (l Layout) Size() int {
	if len(l) == 0 {
		return 0
	}
	last := l[len(l)-1]
	return last.Offset + last.Rows*last.Cols
}

// Count is the number of parameters of a part.
func (l Layout) Count() int {
	n := 0
	for _, t := range l {
		n += t.Rows * t.Cols
	}
	return n
}

// Names lists the tensors' names.
func (l Layout) Names() []string {
	names := make([]string, len(l))
	for i, t := range l {
		names[i] = t.Name
	}
	return names
}

// Only is the part with the tensors that are named. An unknown name panics.
func (l Layout) Only(names ...string) Layout { return l.part(names, true) }

// Without is the part with the tensors that are not named. An unknown name panics.
func (l Layout) Without(names ...string) Layout { return l.part(names, false) }

// Minus is the part with the tensors that o does not have.
func (l Layout) Minus(o Layout) Layout {
	return slices.DeleteFunc(slices.Clone(l), func(t Tensor) bool { return slices.Contains(o, t) })
}

// part has the tensors of which it is true, or not, that they are named.
func (l Layout) part(names []string, named bool) Layout {
	known := l.Names()
	for _, name := range names {
		if !slices.Contains(known, name) {
			panic(fmt.Sprintf("peft: no tensor is called %q; known: %s", name, strings.Join(known, ", ")))
		}
	}
	return slices.DeleteFunc(slices.Clone(l), func(t Tensor) bool { return slices.Contains(names, t.Name) != named })
}

// Take returns a copy of the part's values in p, packed in order.
func (l Layout) Take(p []float32) []float32 {
	packed := make([]float32, 0, l.Count())
	for _, t := range l {
		packed = append(packed, t.Slice(p)...)
	}
	return packed
}

// Put writes what Take packed back into p.
func (l Layout) Put(p, packed []float32) {
	if len(packed) != l.Count() {
		panic(fmt.Sprintf("peft: %d values for a part of %d", len(packed), l.Count()))
	}
	for _, t := range l {
		packed = packed[copy(t.Slice(p), packed):]
	}
}
