package documenttest

import "github.com/fedpurel/fedpurel/fed/report/chart"

// matrices are the confusion matrices of zero-shot and of the first method, of at most twelve classes: 1,000 test
// images of each.
func (w *world) matrices() []chart.Confusion {
	n := len(w.classes)
	if n > 12 {
		return nil
	}
	of := func(m chart.Method, sub string, right func(class) float64) chart.Confusion {
		c := chart.Confusion{Method: m, Sub: sub}
		for t, one := range w.classes {
			row := make([]float64, n)
			row[t] = 10 * right(one)
			for p := 1; p < n; p++ { // of the rest, half goes to the next class, of what is left again half
				row[(t+p)%n] = (1000 - row[t]) / float64(int(1)<<min(p, n-2))
			}
			c.Names, c.Counts = append(c.Names, one.name), append(c.Counts, row)
		}
		return c
	}
	return []chart.Confusion{
		of(w.zero, "test images", func(c class) float64 { return c.zero }),
		of(w.methods[0], "global model, last round, most often right", func(c class) float64 { return c.global[0] }),
	}
}
