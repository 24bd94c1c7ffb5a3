package f32

// Arena hands out scratch memory that lives until the next Reset, so that a training step allocates nothing once the
// first ones have shown how much they need. It is used by one goroutine. A nil Arena allocates.
type Arena struct {
	singles block[float32]
	doubles block[float64]
}

// block is a run of memory of which the first used elements are handed out; beyond counts what did not fit, and most
// is the largest sum of both.
type block[T any] struct {
	room               []T
	used, beyond, most int
}

// lane is the number of elements to whose multiples memory is rounded up. All that is handed out then begins at a
// multiple of 16 bytes: gonum's products sum in another order elsewhere, so that equal numbers would give results that
// depend on what was handed out before.
const lane = 16

func (b *block[T]) take(n int) []T {
	room := (n + lane - 1) / lane * lane
	b.most = max(b.most, b.used+b.beyond+room)
	if b.used+room > len(b.room) {
		b.beyond += room
		return make([]T, room)[:n:n]
	}
	b.used += room
	from := b.used - room
	return b.room[from : from+n : from+n]
}

func (b *block[T]) reset() {
	if b.most > len(b.room) {
		b.room = nil // so that it may go before there is more
		b.room = make([]T, b.most)
	}
	b.used, b.beyond, b.most = 0, 0, 0
}

// Matrix returns a matrix with arbitrary contents.
func (a *Arena) Matrix(rows, cols int) Matrix {
	if a == nil {
		return New(rows, cols)
	}
	return Matrix{rows, cols, a.singles.take(rows * cols)}
}

// Zeros returns n zeros.
func (a *Arena) Zeros(n int) []float32 {
	v := a.Matrix(1, n).Data
	clear(v)
	return v
}

// Clone returns a copy of m.
func (a *Arena) Clone(m Matrix) Matrix {
	c := a.Matrix(m.Rows, m.Cols)
	copy(c.Data, m.Data)
	return c
}

// Float64s returns n float64 with arbitrary contents.
func (a *Arena) Float64s(n int) []float64 {
	if a == nil {
		return make([]float64, n)
	}
	return a.doubles.take(n)
}

// Mark remembers what is handed out, for Release. A nil Arena has nothing to remember.
func (a *Arena) Mark() Mark {
	if a == nil {
		return Mark{}
	}
	return Mark{a.singles.used, a.singles.beyond, a.doubles.used, a.doubles.beyond}
}

// Mark is a moment in the life of an Arena.
type Mark struct{ singles, singlesBeyond, doubles, doublesBeyond int }

// Release takes back what was handed out since the mark.
func (a *Arena) Release(m Mark) {
	if a != nil {
		a.singles.used, a.singles.beyond = m.singles, m.singlesBeyond
		a.doubles.used, a.doubles.beyond = m.doubles, m.doublesBeyond
	}
}

// Reset takes back all that was handed out.
func (a *Arena) Reset() {
	if a != nil {
		a.singles.reset()
		a.doubles.reset()
	}
}
