package scale

import "sort"

// Apart moves positions to at least gap from each other and into [low, high], each as little as can be: the sum of the
// squared moves is least. Equal positions keep their order. Where there is no room, they stand evenly over [low, high].
func Apart(wanted []float64, gap, low, high float64) []float64 {
	n := len(wanted)
	if n == 0 {
		return nil
	}
	if span := high - low; gap*float64(n-1) > span {
		gap = span / float64(n-1)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return wanted[order[a]] < wanted[order[b]] })

	// Less their own multiple of gap, positions must not fall: neighbours that do are pooled at their mean.
	var pools []pool
	for k, i := range order {
		pools = append(pools, pool{wanted[i] - float64(k)*gap, 1})
		for m := len(pools); m > 1 && pools[m-2].mean() > pools[m-1].mean(); m-- {
			pools[m-2].sum += pools[m-1].sum
			pools[m-2].count += pools[m-1].count
			pools = pools[:m-1]
		}
	}
	placed := make([]float64, n)
	k := 0
	for _, p := range pools {
		at := min(max(p.mean(), low), high-gap*float64(n-1))
		for range p.count {
			placed[order[k]] = at + float64(k)*gap
			k++
		}
	}
	return placed
}

// pool is neighbouring positions that stand as one.
type pool struct {
	sum   float64
	count int
}

func (p pool) mean() float64 { return p.sum / float64(p.count) }
