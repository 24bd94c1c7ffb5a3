package fedtest

import (
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Tests that use the problem rely on a classifier that is neither hopeless nor perfect, and on a long tail.
func TestProblem(t *testing.T) {
	p := New(t, 5)
	zero, right := p.Head.ZeroShot(nil, p.Test.X), 0
	for i, y := range p.Test.Y {
		if f32.Argmax(zero.Row(i)) == int(y) {
			right++
		}
	}
	if share := float64(right) / float64(p.Test.Len()); share < 0.4 || share > 0.85 {
		t.Errorf("zero-shot accuracy %.3f", share)
	}
	total := 0
	for _, n := range p.Partition.Counts {
		total += n
	}
	if total != 395 || p.Partition.Counts[0] != 120 || p.Partition.Counts[Classes-1] != 12 {
		t.Errorf("%d training rows, %v", total, p.Partition.Counts)
	}
	if err := p.Partition.Check(p.Train.Len(), p.Test.Len()); err != nil {
		t.Error(err)
	}
}
