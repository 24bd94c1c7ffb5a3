package eval

import (
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

// reliability tallies confidence against correctness, class by class.
func reliability(labels []int, logits f32.Matrix, classes int) []metric.Reliability {
	r := make([]metric.Reliability, classes)
	p := make([]float32, logits.Cols)
	for i, y := range labels {
		f32.Softmax(p, logits.Row(i))
		top := f32.Argmax(p)
		r[y].Add(float64(p[top]), top == y)
	}
	return r
}

// contribution attributes right personal predictions, argmax ℓ_G + ℓ_P = y, to one of the branches: by the raw logits
// of y, as the paper has it, and by the margins p[y] − max_{c≠y} p[c] of the branches' softmax, which a constant
// between the branches' logits does not bias.
func contribution(labels []int, global, personal f32.Matrix, classes int) []metric.Contribution {
	out := make([]metric.Contribution, classes)
	sum := make([]float32, global.Cols)
	for i, y := range labels {
		g, p := global.Row(i), personal.Row(i)
		copy(sum, g)
		f32.Axpy(1, p, sum)
		if f32.Argmax(sum) != y {
			continue
		}
		c := &out[y]
		c.Right++
		if g[y] > p[y] {
			c.GlobalRaw++
		}
		if margin(g, y) > margin(p, y) {
			c.GlobalMargin++
		}
	}
	return out
}

func margin(logits []float32, y int) float64 {
	var p prediction
	p.Set(logits)
	p.at(1)
	best := 0.0
	for c, v := range p.p[:len(logits)] {
		if c != y {
			best = max(best, v)
		}
	}
	return p.p[y] - best
}
