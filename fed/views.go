package fed

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Viewer gives the features of training samples in views of which each sample has K ≥ 1, such as random crops of its image.
type Viewer interface {
	Views() int                                          // K
	GatherViews(dst f32.Matrix, rows, views []int) error // dst.Row(i) ← features of row rows[i] in view views[i] ∈ [1,K]
}

// gather reads a batch, in views that it draws and returns, if there are any.
func (e *Env) gather(dst f32.Matrix, rows []int, rng *rand.Rand) (views []int, err error) {
	if e.Views == nil {
		return nil, e.Train.Gather(dst, rows)
	}
	views = make([]int, len(rows))
	for i := range views {
		views[i] = 1 + rng.IntN(e.Views.Views())
	}
	return views, e.Views.GatherViews(dst, rows, views)
}
