package encoder

import "github.com/fedpurel/fedpurel/train/f32"

// Tree is causal attention over texts that share their beginnings: a token attends to itself and to its ancestors,
// which are all that came before it in every text that it belongs to.
type Tree struct {
	Depth []int     // of every node; a root's is 0
	paths [][]int32 // of every node: its ancestors from the root on, and itself
}

// NewTree takes the parent of every node, which is below the node, or −1.
func NewTree(parents []int) *Tree {
	t := &Tree{make([]int, len(parents)), make([][]int32, len(parents))}
	for i, p := range parents {
		if p >= i {
			panic("encoder: a node of a tree comes after its parent")
		}
		if p >= 0 {
			t.Depth[i] = t.Depth[p] + 1
			t.paths[i] = append(t.paths[i], t.paths[p]...)
		}
		t.paths[i] = append(t.paths[i], int32(i))
	}
	return t
}

// queries are the paths of the nodes that ask, and where the weights of each begin.
func (t *Tree) queries(heads int, leave []int) (paths [][]int32, at []int) {
	paths = t.paths
	if leave != nil {
		paths = make([][]int32, len(leave))
		for i, r := range leave {
			paths[i] = t.paths[r]
		}
	}
	at = make([]int, len(paths)+1)
	for i, p := range paths {
		at[i+1] = at[i] + heads*len(p)
	}
	return paths, at
}

func (t *Tree) forward(w Work, o f32.Matrix, qkv [3]f32.Matrix, heads int, leave []int) weights {
	paths, at := t.queries(heads, leave)
	kept, d := w.matrix(1, at[len(paths)]).Data, o.Cols/heads
	w.rows(o.Rows, func(i int) {
		clear(o.Row(i))
		a := kept[at[i]:at[i+1]]
		for h := range heads {
			from, to, a := h*d, (h+1)*d, a[h*len(paths[i]):][:len(paths[i])]
			q, out := qkv[0].Row(i)[from:to], o.Row(i)[from:to]
			for j, node := range paths[i] {
				a[j] = float32(f32.Dot(q, qkv[1].Row(int(node))[from:to]))
			}
			f32.Softmax(a, a)
			for j, node := range paths[i] {
				f32.Axpy(a[j], qkv[2].Row(int(node))[from:to], out)
			}
		}
	})
	return kept
}

// backward divides by cotangents and heads: what arrives at a token comes from all below it.
func (t *Tree) backward(
	w Work, dqkv [3]f32.Matrix, do f32.Matrix, qkv [3]f32.Matrix, heads int, leave []int, kept weights,
) {
	paths, at := t.queries(heads, leave)
	n, d, deepest := len(t.paths), do.Cols/heads, 0
	for _, p := range paths {
		deepest = max(deepest, len(p))
	}
	scratch := w.matrix(w.workers(), deepest)
	w.each(do.Rows/len(paths)*heads, func(worker, job int) {
		z, h := job/heads, job%heads
		from, to := h*d, (h+1)*d
		of := func(m f32.Matrix, row int) []float32 { return m.Row(row)[from:to] }
		for i := range len(paths) {
			clear(of(dqkv[0], z*len(paths)+i))
		}
		for i := range n {
			clear(of(dqkv[1], z*n+i))
			clear(of(dqkv[2], z*n+i))
		}
		for i, path := range paths {
			a, ds := kept[at[i]+h*len(path):][:len(path)], scratch.Row(worker)[:len(path)]
			q, dout, dq := of(qkv[0], i), of(do, z*len(paths)+i), of(dqkv[0], z*len(paths)+i)
			for j, node := range path {
				ds[j] = float32(f32.Dot(dout, of(qkv[2], int(node))))
			}
			softmaxBack(a, ds)
			for j, node := range path {
				f32.Axpy(ds[j], of(qkv[1], int(node)), dq)
				f32.Axpy(ds[j], q, of(dqkv[1], z*n+int(node)))
				f32.Axpy(a[j], dout, of(dqkv[2], z*n+int(node)))
			}
		}
	})
}
