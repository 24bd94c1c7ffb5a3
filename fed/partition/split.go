package partition

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distmv"

	"github.com/fedpurel/fedpurel/train/seed"
)

// iid shuffles every class and deals it round robin, each class starting at the client where the last one stopped, so
// that sizes differ by one at most.
func iid(l labels, o Options, root seed.Root) (train, test [][]int, note string) {
	rng := root.Stream(seed.Partition, 0)
	deal := func(byClass [][]int) [][]int {
		out := make([][]int, o.Clients)
		next := 0
		for _, rows := range byClass {
			rows = append([]int{}, rows...)
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			for _, r := range rows {
				out[next] = append(out[next], r)
				next = (next + 1) % o.Clients
			}
		}
		return out
	}
	return deal(l.train), deal(l.test), ""
}

// maxDraws bounds the search for a Dirichlet partition that leaves no client empty.
const maxDraws = 100

// dirichlet draws for every class p ~ Dir(β·1) over the clients, drops the clients that already own N/K training
// images or more, re-normalises, and cuts the shuffled training and test rows of the class at ⌊cumsum(p)·n⌋.
// Drawing repeats until every client owns a training and a test image, at most maxDraws times; after that the
// largest clients give one image each to the empty ones, which the note says.
//
// Source: the label-Dirichlet partition of the FedPuReL release, with a bound where that one retries for ever.
func dirichlet(l labels, o Options, root seed.Root) (train, test [][]int, note string) {
	for draw := range maxDraws {
		train, test = drawDirichlet(l, o, root, uint64(draw))
		if smallest(train) > 0 && smallest(test) > 0 {
			return train, test, ""
		}
	}
	moved := repair(train)
	lacking := 0
	for _, rows := range test {
		if len(rows) == 0 {
			lacking++
		}
	}
	return train, test, fmt.Sprintf("no draw of %d gave every client training and test images: "+
		"%d training images were moved to empty clients, %d clients have no test image", maxDraws, moved, lacking)
}

func drawDirichlet(l labels, o Options, root seed.Root, draw uint64) (train, test [][]int) {
	K := o.Clients
	train, test = make([][]int, K), make([][]int, K)
	total := 0
	for _, rows := range l.train {
		total += len(rows)
	}
	share := float64(total) / float64(K)
	alpha := make([]float64, K)
	floats.AddConst(o.Beta, alpha)
	for c := range l.train {
		rng := root.Stream(seed.Partition, draw, uint64(c))
		p := []float64{1}
		if K > 1 {
			p = distmv.NewDirichlet(alpha, root.Source(seed.Partition, draw, uint64(c), 1)).Rand(nil)
		}
		for k := range p {
			if float64(len(train[k])) >= share {
				p[k] = 0
			}
		}
		// With tiny β all mass may sit on full clients: then the class is dealt evenly.
		if sum := floats.Sum(p); sum > 0 {
			floats.Scale(1/sum, p)
		} else {
			for k := range p {
				p[k] = 1 / float64(K)
			}
		}
		cut(train, l.train[c], p, rng.Shuffle)
		cut(test, l.test[c], p, rng.Shuffle)
	}
	return train, test
}

// cut appends to client k the rows between ⌊n·Σ_{j<k} p_j⌋ and ⌊n·Σ_{j≤k} p_j⌋ of the shuffled rows; the last takes
// the rest.
func cut(out [][]int, rows []int, p []float64, shuffle func(int, func(i, j int))) {
	rows = append([]int{}, rows...)
	shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	from, sum := 0, 0.0
	for k := range p {
		sum += p[k]
		to := min(int(sum*float64(len(rows))), len(rows))
		if k == len(p)-1 {
			to = len(rows)
		}
		to = max(to, from)
		out[k] = append(out[k], rows[from:to]...)
		from = to
	}
}

// repair gives every empty client one row of the largest client, as long as that one owns more than one.
func repair(parts [][]int) (moved int) {
	for k := range parts {
		if len(parts[k]) > 0 {
			continue
		}
		big := 0
		for j := range parts {
			if len(parts[j]) > len(parts[big]) {
				big = j
			}
		}
		if n := len(parts[big]); n > 1 {
			parts[k] = append(parts[k], parts[big][n-1])
			parts[big] = parts[big][:n-1]
			moved++
		}
	}
	return moved
}

func smallest(parts [][]int) int {
	least := len(parts[0])
	for _, p := range parts {
		least = min(least, len(p))
	}
	return least
}
