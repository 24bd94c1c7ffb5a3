package partition

import (
	"fmt"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/train/seed"
)

// shards sorts the training rows by class, cuts them into K·Shards runs of almost equal length and gives every
// client as many random ones (McMahan et al., AISTATS 2017).
func shards(l labels, o Options, root seed.Root) (train, test [][]int, note string) {
	rng := root.Stream(seed.Partition, 0)
	var sorted []int
	for _, rows := range l.train {
		rows = append([]int{}, rows...)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		sorted = append(sorted, rows...)
	}
	n := o.Clients * o.Shards
	order := rng.Perm(n)
	train = make([][]int, o.Clients)
	for i, s := range order {
		from, to := len(sorted)*s/n, len(sorted)*(s+1)/n
		train[i%o.Clients] = append(train[i%o.Clients], sorted[from:to]...)
	}
	if moved := repair(train); moved > 0 {
		note = "there are more shards than training images: images were moved to empty clients"
	}
	return train, dealLike(train, l, root), note
}

// natural gives every row to the client that the data names, clients in name order.
func natural(l labels, o Options, root seed.Root) (train, test [][]int, note string) {
	var kept []int
	for _, rows := range l.train {
		kept = append(kept, rows...)
	}
	names := o.Owners.names(kept)
	deal := func(byClass [][]int, owners []string) [][]int {
		out := make([][]int, len(names))
		for _, rows := range byClass {
			for _, r := range rows {
				if k, ok := slices.BinarySearch(names, owners[r]); ok {
					out[k] = append(out[k], r)
				}
			}
		}
		return out
	}
	train = deal(l.train, o.Owners.Train)
	owned := 0
	for _, rows := range train {
		owned += len(rows)
	}
	if owned < len(kept) {
		note = fmt.Sprintf("%d of %d training images name no client and are left out", len(kept)-owned, len(kept))
	}
	if o.Owners.Test == nil {
		return train, dealLike(train, l, root), note
	}
	return train, deal(l.test, o.Owners.Test), note
}

// names lists the clients that own any of the training rows, in order.
func (o Owners) names(rows []int) []string {
	seen := map[string]bool{}
	var names []string
	for _, r := range rows {
		if n := o.Train[r]; n != "" && !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// dealLike deals the test rows of every class in the proportions in which the clients own the training rows of that
// class; a class without training rows is dealt evenly.
func dealLike(train [][]int, l labels, root seed.Root) [][]int {
	owner := map[int]int{}
	for k, rows := range train {
		for _, r := range rows {
			owner[r] = k
		}
	}
	out := make([][]int, len(train))
	for c, rows := range l.test {
		p := make([]float64, len(train))
		var sum float64
		for _, r := range l.train[c] {
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
		rng := root.Stream(seed.Partition, 2, uint64(c))
		cut(out, rows, p, rng.Shuffle)
	}
	return out
}

// shortfall is the share of a matched test set that may be missing because a client has too few images of some classes.
const shortfall = 0.1

// matched thins every client's test rows until they have its training distribution p: of class c about s·p_c rows
// stay, with the largest s at which at most a tenth of the wanted rows do not exist. Fractions are rounded at
// random.
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
