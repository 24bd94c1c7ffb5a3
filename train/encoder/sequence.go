package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Sequence is attention among Length tokens that follow each other in the rows, as those of an image do: each attends
// to all of them. As many of each sequence's tokens ask as of any other's.
type Sequence struct{ Length int }

// stage is what one worker copies the parts of one head into, so that they are matrices.
//
// Shapes: q, do, o (m,d)  k, v (L,d)  a, ds (m,L), m being how many tokens of a sequence ask
type stage struct{ q, k, v, a, o, do, ds, dk, dv f32.Matrix }

func (s Sequence) stages(w Work, asking, d int, backward bool) []stage {
	all, l := make([]stage, w.workers()), s.Length
	for i := range all {
		all[i] = stage{q: w.matrix(asking, d), k: w.matrix(l, d), v: w.matrix(l, d),
			a: w.matrix(asking, l), o: w.matrix(asking, d)}
		if backward {
			all[i].do, all[i].ds = w.matrix(asking, d), w.matrix(asking, l)
			all[i].dk, all[i].dv = w.matrix(l, d), w.matrix(l, d)
		}
	}
	return all
}

// fetch copies the part of one head, and computes a = softmax(q kᵀ).
func (s stage) fetch(qkv [3]f32.Matrix, sequence, head int) {
	columns(s.q, qkv[0], sequence*s.q.Rows, head)
	columns(s.k, qkv[1], sequence*s.k.Rows, head)
	columns(s.v, qkv[2], sequence*s.v.Rows, head)
	f32.MulT(s.a, s.q, s.k)
	for i := range s.a.Rows {
		f32.Softmax(s.a.Row(i), s.a.Row(i))
	}
}

// columns copies those of one head, from a row on.
func columns(dst, src f32.Matrix, row, head int) {
	for i := range dst.Rows {
		copy(dst.Row(i), src.Row(row + i)[head*dst.Cols:])
	}
}

// spread copies them back.
func spread(dst, src f32.Matrix, row, head int) {
	for i := range src.Rows {
		copy(dst.Row(row + i)[head*src.Cols:], src.Row(i))
	}
}

// counts are how many sequences there are and how many tokens of each ask.
func (s Sequence) counts(tokens, asking int, leave []int) (sequences, each int) {
	sequences = tokens / s.Length
	if sequences*s.Length != tokens || asking%max(sequences, 1) != 0 {
		panic("encoder: tokens are not whole sequences")
	}
	each = asking / max(sequences, 1)
	for i, r := range leave {
		if r/s.Length != i/each {
			panic("encoder: as many tokens of every sequence leave, in order")
		}
	}
	return sequences, each
}

func (s Sequence) forward(w Work, o f32.Matrix, qkv [3]f32.Matrix, heads int, leave []int) weights {
	sequences, asking := s.counts(qkv[1].Rows, o.Rows, leave)
	defer w.Memory.Release(w.Memory.Mark())
	stages := s.stages(w, asking, o.Cols/heads, false)
	w.each(sequences*heads, func(worker, job int) {
		i, h, t := job/heads, job%heads, stages[worker]
		t.fetch(qkv, i, h)
		f32.Mul(t.o, t.a, t.v)
		spread(o, t.o, i*asking, h)
	})
	return nil
}

// backward makes the weights again: keeping them costs more memory than all else.
func (s Sequence) backward(
	w Work, dqkv [3]f32.Matrix, do f32.Matrix, qkv [3]f32.Matrix, heads int, leave []int, _ weights,
) {
	sequences, asking := s.counts(qkv[1].Rows, qkv[0].Rows, leave)
	stages := s.stages(w, asking, do.Cols/heads, true)
	w.each(sequences*heads, func(worker, job int) {
		i, h, t := job/heads, job%heads, stages[worker]
		t.fetch(qkv, i, h)
		for z := range do.Rows / qkv[0].Rows {
			at := z*sequences + i
			columns(t.do, do, at*asking, h)
			f32.MulT(t.ds, t.do, t.v)
			for r := range asking {
				softmaxBack(t.a.Row(r), t.ds.Row(r))
			}
			clear(t.dk.Data)
			clear(t.dv.Data)
			f32.Mul(t.o, t.ds, t.k) // dq
			f32.AddTMul(t.dk, t.ds, t.q)
			f32.AddTMul(t.dv, t.a, t.do)
			spread(dqkv[0], t.o, at*asking, h)
			spread(dqkv[1], t.dk, at*s.Length, h)
			spread(dqkv[2], t.dv, at*s.Length, h)
		}
	})
}
