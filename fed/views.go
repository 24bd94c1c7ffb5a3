package fed

import (
	"math/rand/v2"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Viewer gives the features of training samples in views of which each sample has K ≥ 1, such as random crops of its
// image.
type Viewer interface {
	Views() int // K
	// GatherViews performs dst.Row(i) ← features of row rows[i] in view views[i] ∈ [1,K].
	GatherViews(dst f32.Matrix, rows, views []int) error
}

// gather reads a batch, in views that it draws and returns, if there are any.
func (h *Home) gather(dst f32.Matrix, rows []int, rng *rand.Rand) (views []int, err error) {
	if h.Views == nil {
		return nil, h.Train.Gather(dst, rows)
	}
	views = make([]int, len(rows))
	for i := range views {
		views[i] = 1 + rng.IntN(h.Views.Views())
	}
	return views, h.Views.GatherViews(dst, rows, views)
}
