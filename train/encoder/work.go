package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Work is what a pass works with.
type Work struct {
	// Memory holds what a pass makes, until its Reset; nil allocates. Only who calls uses it, never the workers.
	Memory *f32.Arena
	// Workers is how many jobs Run has under way at once, and Run calls job(worker, i) for every i below n, in any
	// order, worker below Workers and never the same for two at once; it returns when all are done. Without Run, jobs
	// are done one after the other. The number of workers does not change a bit of any result.
	Workers int
	Run     func(n int, job func(worker, i int))
}

func (w Work) each(n int, job func(worker, i int)) {
	if w.Run == nil || n == 1 {
		for i := range n {
			job(0, i)
		}
		return
	}
	w.Run(n, job)
}

// workers is the number of workers, at least one.
func (w Work) workers() int { return max(w.Workers, 1) }

// rowsAtOnce is how many rows make a job.
const rowsAtOnce = 16

// rows performs f on every row.
func (w Work) rows(n int, f func(r int)) {
	w.each((n+rowsAtOnce-1)/rowsAtOnce, func(_, i int) {
		for r := i * rowsAtOnce; r < min(n, (i+1)*rowsAtOnce); r++ {
			f(r)
		}
	})
}

// matrix returns a matrix with arbitrary contents.
func (w Work) matrix(rows, cols int) f32.Matrix { return w.Memory.Matrix(rows, cols) }

// zeros returns a zero matrix.
func (w Work) zeros(rows, cols int) f32.Matrix { return f32.Of(rows, cols, w.Memory.Zeros(rows*cols)) }

// gather copies rows of m; nil are all, and m itself is returned.
func (w Work) gather(m f32.Matrix, rows []int) f32.Matrix {
	if rows == nil {
		return m
	}
	out := w.matrix(len(rows), m.Cols)
	for i, r := range rows {
		copy(out.Row(i), m.Row(r))
	}
	return out
}

// scatter performs dst[z·n + rows[i]] += m[z·k + i] for k rows and every z, n·z being the rows of dst. A row that is
// named twice gets both.
func scatter(dst, m f32.Matrix, rows []int, n int) {
	if rows == nil {
		f32.Axpy(1, m.Data, dst.Data)
		return
	}
	for i := range m.Rows {
		f32.Axpy(1, m.Row(i), dst.Row(i/len(rows)*n+rows[i%len(rows)]))
	}
}

// part is the block of n rows number z of m, sharing storage.
func part(m f32.Matrix, z, n int) f32.Matrix {
	return f32.Of(n, m.Cols, m.Data[z*n*m.Cols:(z+1)*n*m.Cols])
}
