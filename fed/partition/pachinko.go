package partition

import (
	"math/rand/v2"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// fineBeta is the Dirichlet concentration of the classes within a coarse class, as in the release.
const fineBeta = 10

// Pachinko allocates the training rows by Pachinko allocation (Li and McCallum, ICML 2006; for federated learning
// Reddi et al., ICLR 2021) and deals the test rows proportionally.
type Pachinko struct {
	concentration
	Hierarchy string `json:"hierarchy" usage:"coarse classes: cifar100, or a <FILE>, a name a line"`
	Coarse    []int  `json:"-"` // of every class, where it is known: Hierarchy is not read then
}

// Split deals the training rows so.
func (o *Pachinko) Split(d Data) (deal Deal, err error) {
	deal.Train, err = o.allocate(d.Train, d, "pachinko")
	if err == nil {
		deal.Test = dealLike(deal.Train, d)
	}
	return deal, err
}

// PachinkoPooled allocates training and test rows as one pool. Of class c, a client's rows are then training rows in
// the ratio n_c : test images of c, so that head classes are mostly trained on and tail classes mostly tested on.
//
// Source: partition noniid-labeldir100_LT of the FedPuReL release. Clients come in a shuffled order there; here the
// order does not matter to anything and stays.
type PachinkoPooled struct{ Pachinko }

// Split deals both splits so.
func (o *PachinkoPooled) Split(d Data) (deal Deal, _ error) {
	pool := make([][]int, len(d.Train)) // test row r is −1−r
	for c := range pool {
		pool[c] = append(pool[c], d.Train[c]...)
		for _, r := range d.Test[c] {
			pool[c] = append(pool[c], -1-r)
		}
	}
	owned, err := o.allocate(pool, d, "pachinko-pooled")
	if err != nil {
		return deal, err
	}
	deal.Train, deal.Test = make([][]int, d.Clients), make([][]int, d.Clients)
	for k, rows := range owned {
		for _, r := range rows {
			if r < 0 {
				deal.Test[k] = append(deal.Test[k], -1-r)
			} else {
				deal.Train[k] = append(deal.Train[k], r)
			}
		}
	}
	if moved := repair(deal.Train); moved > 0 {
		deal.Note = "training images were moved to clients without any"
	}
	return deal, nil
}

// allocate gives every client ⌊n/K⌋ rows: it draws weights of the coarse classes that still have rows from
// Dirichlet(β), in each weights of the classes that still have rows from Dirichlet(10), and then, row by row, a coarse
// class, a class in it and one of its remaining rows. A class that runs dry loses its weight. Rows that are left over
// belong to nobody.
func (o *Pachinko) allocate(byClass [][]int, d Data, kind string) ([][]int, error) {
	hierarchy, err := o.hierarchy(len(byClass), kind)
	if err != nil {
		return nil, err
	}
	left, total, coarse := make([][]int, len(byClass)), 0, 0
	rng := d.Root.Stream(seed.Partition, 0)
	for c, rows := range byClass {
		left[c] = append([]int{}, rows...)
		rng.Shuffle(len(left[c]), func(i, j int) { left[c][i], left[c][j] = left[c][j], left[c][i] })
		total += len(rows)
		coarse = max(coarse, hierarchy[c]+1)
	}
	members := make([][]int, coarse)
	for c, h := range hierarchy {
		members[h] = append(members[h], c)
	}
	out := make([][]int, d.Clients)
	for k := range out {
		rng := d.Root.Stream(seed.Partition, 1, uint64(k))
		fine, weights := make([]float64, len(left)), make([]weight, coarse)
		for h := range members {
			alive := false
			for _, c := range members[h] {
				if len(left[c]) > 0 {
					fine[c], alive = gamma(fineBeta, rng).value, true
				}
			}
			if weights[h] = nothing; alive {
				weights[h] = gamma(o.Beta, rng)
			}
		}
		top := relative(weights)
		for range total / d.Clients {
			h := draw(top, rng)
			within := make([]float64, len(members[h]))
			for i, c := range members[h] {
				within[i] = fine[c]
			}
			c := members[h][draw(within, rng)]
			n := len(left[c])
			out[k] = append(out[k], left[c][n-1]) // shuffled, so the last is as random as any
			if left[c] = left[c][:n-1]; n > 1 {
				continue
			}
			if fine[c] = 0; dry(members[h], left) {
				weights[h] = nothing
				top = relative(weights)
			}
		}
	}
	return out, nil
}

// hierarchy is the coarse class of every class, coarse classes numbered in the order in which they first occur.
func (o *Pachinko) hierarchy(classes int, kind string) (coarse []int, err error) {
	switch {
	case o.Coarse != nil:
		coarse = o.Coarse
	case o.Hierarchy == "cifar100":
		coarse = CIFAR100[:]
	default:
		text, err := lines(o.Hierarchy, "--hierarchy")
		if err != nil {
			return nil, err
		}
		number := map[string]int{}
		for _, name := range text {
			if _, ok := number[name]; !ok {
				number[name] = len(number)
			}
			coarse = append(coarse, number[name])
		}
	}
	switch {
	case len(coarse) != classes:
		return nil, fault.Usagef("partition: kind %s needs the coarse class of each of the %d classes; %d are given",
			kind, classes, len(coarse))
	case slices.Min(coarse) < 0:
		return nil, fault.Usagef("partition: a coarse class is negative")
	}
	return coarse, nil
}

// dry says whether no class of a coarse one has rows.
func dry(members []int, left [][]int) bool {
	return !slices.ContainsFunc(members, func(c int) bool { return len(left[c]) > 0 })
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
