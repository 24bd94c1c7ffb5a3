package predict

import (
	"context"
	"fmt"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// block is the number of rows that are predicted at a time.
const block = 256

// rows predicts rows of an array, as the encoder gives them.
func (t *task) rows(file string) (work, func(), error) {
	a, err := npy.Open(file)
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = a.Close() } // read-only
	width := t.run.Columns()
	switch {
	case len(a.Shape) != 2 || a.Shape[1] != width || !a.Floats():
		err = fault.Corruptf("predict: %s holds %s of shape %v, the model takes rows of %d floats",
			file, a.DType, a.Shape, width)
	case a.Shape[0] == 0:
		err = fault.Missingf("predict: %s holds no row", file)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	t.total = a.Shape[0]
	return func(ctx context.Context, to *report) error {
		for first := 0; first < t.total; first += block {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			n := min(block, t.total-first)
			x := f32.New(n, width)
			a.Float32At(x.Data, first*width)
			e := featurize.Embedded[image]{Errs: make([]error, n)}
			good := 0
			for i := range n {
				e.Images = append(e.Images, unlabelled(fmt.Sprintf("row %d", first+i), nil))
				if !f32.Finite(x.Row(i)) {
					e.Errs[i] = fault.Corruptf("it has values that are not finite")
					continue
				}
				copy(x.Row(good), x.Row(i))
				good++
			}
			e.Rows = x.Top(good)
			if err := to.stretch(e); err != nil {
				return err
			}
		}
		return nil
	}, done, nil
}
