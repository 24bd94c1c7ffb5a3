package partition

import (
	"math"

	"github.com/fedpurel/fedpurel/train/seed"
)

// dealLike deals the test rows of every class in the proportions in which the clients own the training rows of that
// class; a class without training rows is dealt evenly.
func dealLike(train [][]int, d Data) [][]int {
	owner := map[int]int{}
	for k, rows := range train {
		for _, r := range rows {
			owner[r] = k
		}
	}
	out := make([][]int, len(train))
	for c, rows := range d.Test {
		p := make([]float64, len(train))
		var sum float64
		for _, r := range d.Train[c] {
			if k, ok := owner[r]; ok {
				p[k]++
				sum++
			}
		}
		for k := range p {
			if sum == 0 {
				p[k] = 1 / float64(len(p))
			} else {
				p[k] /= sum
			}
		}
		rng := d.Root.Stream(seed.Partition, 2, uint64(c))
		cut(out, rows, p, rng.Shuffle)
	}
	return out
}

// shortfall is the share of a matched test set that may be missing because a client has too few images of some classes.
const shortfall = 0.1

// matched thins every client's test rows until they have its training distribution p: of class c about s·p_c rows stay,
// with the largest s at which at most a tenth of the wanted rows do not exist. Fractions are rounded at random.
func matched(train, test [][]int, trainLabels, testLabels []int32, classes int, root seed.Root) {
	for k := range train {
		p, pool := make([]float64, classes), make([][]int, classes)
		for _, r := range train[k] {
			p[trainLabels[r]] += 1 / float64(len(train[k]))
		}
		for _, r := range test[k] {
			pool[testLabels[r]] = append(pool[testLabels[r]], r)
		}
		there := func(s float64) (n float64) {
			for c := range p {
				n += math.Min(s*p[c], float64(len(pool[c])))
			}
			return n
		}
		lo, hi := 0.0, float64(len(test[k]))/(1-shortfall)
		for range 60 {
			if mid := (lo + hi) / 2; there(mid) >= (1-shortfall)*mid {
				lo = mid
			} else {
				hi = mid
			}
		}
		rng := root.Stream(seed.LocalTest, uint64(k))
		var kept []int
		for c, rows := range pool {
			want := lo * p[c]
			n := int(want)
			if rng.Float64() < want-float64(n) {
				n++
			}
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			kept = append(kept, rows[:min(n, len(rows))]...)
		}
		test[k] = kept
	}
}
