package partition

import (
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// IID shuffles every class and deals it round robin, each class starting at the client where the last one stopped, so
// that sizes differ by one at most.
type IID struct{}

// Validate accepts everything: there are no options.
func (IID) Validate() error { return nil }

// Split deals both splits from one stream, training rows first.
func (IID) Split(d Data) (Deal, error) {
	rng := d.Root.Stream(seed.Partition, 0)
	deal := func(byClass [][]int) [][]int {
		out := make([][]int, d.Clients)
		next := 0
		for _, rows := range byClass {
			rows = append([]int{}, rows...)
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			for _, r := range rows {
				out[next] = append(out[next], r)
				next = (next + 1) % d.Clients
			}
		}
		return out
	}
	train := deal(d.Train)
	return Deal{Train: train, Test: deal(d.Test)}, nil
}

// Shards sorts the training rows by class, cuts them into K·PerClient runs of almost equal length and gives every
// client as many random ones (McMahan et al., AISTATS 2017).
type Shards struct {
	PerClient int `json:"shards" usage:"label-sorted shards a client gets"`
}

// Validate reports a number of shards that cannot be dealt.
func (o *Shards) Validate() error {
	if o.PerClient < 1 {
		return fault.Usagef("partition: %d shards a client: at least one is needed", o.PerClient)
	}
	return nil
}

// Split deals the shards, and test rows like the training rows of their class.
func (o *Shards) Split(d Data) (deal Deal, _ error) {
	rng := d.Root.Stream(seed.Partition, 0)
	var sorted []int
	for _, rows := range d.Train {
		rows = append([]int{}, rows...)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		sorted = append(sorted, rows...)
	}
	n := d.Clients * o.PerClient
	order := rng.Perm(n)
	deal.Train = make([][]int, d.Clients)
	for i, s := range order {
		from, to := len(sorted)*s/n, len(sorted)*(s+1)/n
		deal.Train[i%d.Clients] = append(deal.Train[i%d.Clients], sorted[from:to]...)
	}
	if moved := repair(deal.Train); moved > 0 {
		deal.Note = "there are more shards than training images: images were moved to empty clients"
	}
	deal.Test = dealLike(deal.Train, d)
	return deal, nil
}
