package partition

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"github.com/fedpurel/fedpurel/train/seed"
)

// Dirichlet draws for every class p ~ Dir(β·1) over the clients, drops the clients that already own N/K training
// images or more, re-normalises, and cuts the shuffled training and test rows of the class at ⌊cumsum(p)·n⌋.
// Drawing repeats until every client owns a training and a test image, at most maxDraws times; after that the
// largest clients give one image each to the empty ones, which the note says.
//
// Source: the label-Dirichlet partition of the FedPuReL release, with a bound where that one retries for ever.
type Dirichlet struct{ concentration }

// maxDraws bounds the search for a Dirichlet partition that leaves no client empty.
const maxDraws = 100

// Split draws until nobody is empty, or repairs the last draw.
func (o *Dirichlet) Split(d Data) (deal Deal, _ error) {
	for draw := range maxDraws {
		deal.Train, deal.Test = o.draw(d, uint64(draw))
		if smallest(deal.Train) > 0 && smallest(deal.Test) > 0 {
			return deal, nil
		}
	}
	moved := repair(deal.Train)
	lacking := 0
	for _, rows := range deal.Test {
		if len(rows) == 0 {
			lacking++
		}
	}
	deal.Note = fmt.Sprintf("no draw of %d gave every client training and test images: %d training images were moved "+
		"to empty clients, %d clients have no test image", maxDraws, moved, lacking)
	return deal, nil
}

func (o *Dirichlet) draw(d Data, draw uint64) (train, test [][]int) {
	K := d.Clients
	train, test = make([][]int, K), make([][]int, K)
	total := 0
	for _, rows := range d.Train {
		total += len(rows)
	}
	full := float64(total) / float64(K)
	for c := range d.Train {
		p := o.shares(K, d.Root.Stream(seed.Partition, draw, uint64(c), 1), func(k int) bool {
			return float64(len(train[k])) >= full
		})
		rng := d.Root.Stream(seed.Partition, draw, uint64(c))
		cut(train, d.Train[c], p, rng.Shuffle)
		cut(test, d.Test[c], p, rng.Shuffle)
	}
	return train, test
}

// shares are p ~ Dir(β·1) without the clients that own their share already, over the sum of the others. If all do, the
// class is dealt evenly.
func (o *Dirichlet) shares(clients int, rng *rand.Rand, full func(k int) bool) []float64 {
	weights := make([]weight, clients)
	for k := range weights {
		weights[k] = gamma(o.Beta, rng)
	}
	p := relative(weights)
	floats.Scale(1/floats.Sum(p), p)
	for k := range p {
		if full(k) {
			p[k], weights[k] = 0, nothing
		}
	}
	if floats.Sum(p) < least { // nearly all was theirs
		p = relative(weights)
	}
	sum := floats.Sum(p)
	if sum == 0 {
		p, sum = make([]float64, clients), float64(clients)
		floats.AddConst(1, p)
	}
	floats.Scale(1/sum, p)
	return p
}

// cut appends to client k the rows between ⌊n·Σ_{j<k} p_j⌋ and ⌊n·Σ_{j≤k} p_j⌋ of the shuffled rows; the last takes the
// rest.
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
