package fed_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train"
)

// What is made from a batch anew is the same, in the memory of what was made before; the batch itself stays.
func TestBatchAnew(t *testing.T) {
	p := fedtest.New(t, 1)
	fedtest.MustRun(t, p.Home(p.Module(t, "gate")), fed.Plan{Rounds: 1, Method: asking(
		func(c *fed.Client, q fed.Message) fed.Message {
			var first *train.Gradient
			pass := fed.Pass{Stage: 1, Batching: fed.Batching{Size: 8}}
			steps := 0
			for b := range c.Batches(pass) {
				x := b.X.Clone()
				sums := [3][]float32{}
				for i := range sums {
					b.Anew()
					at := b.At(q["phi"])
					g := at.Task()
					if sums[i] = c.Zeros(len(q["phi"])); first == nil {
						first = g
					}
					g.AddTo(sums[i], 1)
					if g != first {
						t.Error("a gradient of another memory")
					}
				}
				if !slices.Equal(sums[0], sums[1]) || !slices.Equal(sums[0], sums[2]) {
					t.Error("what is made anew is something else")
				}
				if !slices.Equal(x.Data, b.X.Data) {
					t.Error("the batch has changed")
				}
				steps++
			}
			if steps < 2 {
				t.Errorf("%d batches", steps)
			}
			return nil
		},
	)})
}
