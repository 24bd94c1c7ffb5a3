package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// The loss is the mean of two cross-entropies on the matrix of all images and all their texts, written out here; where
// all classes of a batch are different ones, the first is the cross-entropy among these.
func TestInBatch(t *testing.T) {
	for name, y := range map[string][]int32{
		"different classes": {4, 0, 2, 6}, "a class twice": {4, 0, 4, 6}, "one class": {3, 3, 3, 3},
	} {
		l := random(rand.New(rand.NewPCG(17, 0)), 4, 7, 2)
		m := f32.New(4, 4)
		for i := range m.Rows {
			for j, c := range y {
				m.Row(i)[j] = l.Row(i)[c]
			}
		}
		turned := f32.New(4, 4)
		for i := range m.Rows {
			for j := range m.Rows {
				turned.Row(j)[i] = m.Row(i)[j]
			}
		}
		at := []int32{0, 1, 2, 3}
		rows, columns := f32.New(4, 4), f32.New(4, 4)
		want := (CrossEntropy(rows, m, at) + CrossEntropy(columns, turned, at)) / 2
		slope := f32.New(4, 7)
		for i := range m.Rows {
			for j, c := range y {
				slope.Row(i)[c] += (rows.Row(i)[j] + columns.Row(j)[i]) / 2
			}
		}
		d := f32.New(4, 7)
		close(t, name, InBatch(d, l, y), want, 1e-6)
		if off := f32.Distance(d.Data, slope.Data); off > 1e-6 {
			t.Errorf("%s: the gradient is %v off", name, off)
		}
		if name != "different classes" {
			continue
		}
		among := l.Clone()
		for i := range among.Rows {
			for c := range among.Row(i) {
				if c != 0 && c != 2 && c != 4 && c != 6 {
					among.Row(i)[c] = float32(math.Inf(-1))
				}
			}
		}
		close(t, "the rows", CrossEntropy(rows, m, at), CrossEntropy(among, among, y), 1e-6)
	}
	one := f32.New(1, 3)
	if v := InBatch(one, f32.Of(1, 3, []float32{1, 5, -2}), []int32{0}); v != 0 || f32.Norm(one.Data) != 0 {
		t.Errorf("a batch of one has the loss %v and the gradient %v", v, one.Data)
	}
}
