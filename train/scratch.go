package train

import (
	"sync"

	"github.com/fedpurel/fedpurel/train/f32"
)

// scratch is the memory that a loss needs while it runs.
type scratch struct {
	student, teacher f32.Tempered
	ps, pt           []float64
	floats           []float32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// rows returns room for two predictions of n classes, as Tempered fills them.
func (s *scratch) rows(n int) (ps, pt []float64) {
	if size := (n + 7) &^ 7; len(s.ps) < size {
		s.ps, s.pt = make([]float64, size), make([]float64, size)
	}
	return s.ps, s.pt
}

// row returns n float32 with arbitrary contents.
func (s *scratch) row(n int) []float32 {
	if len(s.floats) < n {
		s.floats = make([]float32, n)
	}
	return s.floats[:n]
}
