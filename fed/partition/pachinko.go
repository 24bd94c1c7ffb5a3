package partition

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fedpurel/fedpurel/train/seed"
)

// fineBeta is the Dirichlet concentration of the classes within a coarse class, as in the release.
const fineBeta = 10

// pachinko allocates the training rows by Pachinko allocation (Li and McCallum, ICML 2006; for federated learning
// Reddi et al., ICLR 2021) and deals the test rows proportionally.
func pachinko(l labels, o Options, root seed.Root) (train, test [][]int, note string) {
	train = allocate(l.train, o, root)
	return train, dealLike(train, l, root), ""
}

// pachinkoPooled allocates training and test rows as one pool. Of class c, a client's rows are then training rows
// in the ratio n_c : test images of c, so that head classes are mostly trained on and tail classes mostly tested
// on.
//
// Source: partition noniid-labeldir100_LT of the FedPuReL release. Clients come in a shuffled order there; here the
// order does not matter to anything and stays.
func pachinkoPooled(l labels, o Options, root seed.Root) (train, test [][]int, note string) {
	pool := make([][]int, len(l.train)) // test row r is −1−r
	for c := range pool {
		pool[c] = append(pool[c], l.train[c]...)
		for _, r := range l.test[c] {
			pool[c] = append(pool[c], -1-r)
		}
	}
	train, test = make([][]int, o.Clients), make([][]int, o.Clients)
	for k, rows := range allocate(pool, o, root) {
		for _, r := range rows {
			if r < 0 {
				test[k] = append(test[k], -1-r)
			} else {
				train[k] = append(train[k], r)
			}
		}
	}
	if moved := repair(train); moved > 0 {
		note = "training images were moved to clients without any"
	}
	return train, test, note
}

// allocate gives every client ⌊n/K⌋ rows: it draws weights of the coarse classes that still have rows from
// Dirichlet(β), in each weights of the classes that still have rows from Dirichlet(10), and then, row by row, a coarse
// class, a class in it and one of its remaining rows. A class that runs dry loses its weight. Rows that are left
// over belong to nobody.
func allocate(byClass [][]int, o Options, root seed.Root) [][]int {
	left, total, coarse := make([][]int, len(byClass)), 0, 0
	rng := root.Stream(seed.Partition, 0)
	for c, rows := range byClass {
		left[c] = append([]int{}, rows...)
		rng.Shuffle(len(left[c]), func(i, j int) { left[c][i], left[c][j] = left[c][j], left[c][i] })
		total += len(rows)
		coarse = max(coarse, o.Hierarchy[c]+1)
	}
	members := make([][]int, coarse)
	for c, h := range o.Hierarchy {
		members[h] = append(members[h], c)
	}
	out := make([][]int, o.Clients)
	for k := range out {
		rng := root.Stream(seed.Partition, 1, uint64(k))
		// Unnormalised Dirichlet weights are independent gammas, so that a weight may simply be struck out.
		fine, top := make([]float64, len(left)), make([]float64, coarse)
		for h := range members {
			alive := false
			for _, c := range members[h] {
				if len(left[c]) > 0 {
					fine[c], alive = gamma(fineBeta, rng), true
				}
			}
			if alive {
				top[h] = gamma(o.Beta, rng)
			}
		}
		for range total / o.Clients {
			h := draw(top, rng)
			weights := make([]float64, len(members[h]))
			for i, c := range members[h] {
				weights[i] = fine[c]
			}
			c := members[h][draw(weights, rng)]
			n := len(left[c])
			out[k] = append(out[k], left[c][n-1]) // shuffled, so the last is as random as any
			if left[c] = left[c][:n-1]; n > 1 {
				continue
			}
			fine[c], top[h] = 0, struckOut(members[h], left, top[h])
		}
	}
	return out
}

// struckOut is the coarse weight, or zero if no class of it has rows.
func struckOut(members []int, left [][]int, weight float64) float64 {
	for _, c := range members {
		if len(left[c]) > 0 {
			return weight
		}
	}
	return 0
}

// gamma draws from Gamma(shape, 1), but never zero: with tiny shapes the draw underflows.
func gamma(shape float64, rng *rand.Rand) float64 {
	return distuv.Gamma{Alpha: shape, Beta: 1, Src: rng}.Rand() + 1e-300
}

// draw picks an index in proportion to the weights.
func draw(weights []float64, rng *rand.Rand) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at, last := rng.Float64()*sum, 0
	for i, w := range weights {
		if w == 0 {
			continue
		}
		if last = i; at < w {
			return i
		}
		at -= w
	}
	return last
}
