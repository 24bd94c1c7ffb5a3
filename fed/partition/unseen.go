package partition

import (
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Newcomer is a client that never takes part in training: nothing is learned from its images, and none of them counts
// among the partition's training images. What a finished run is worth to it is measured afterwards.
type Newcomer struct {
	Name string `json:"name,omitempty"` // where the data names it
	Shard
}

// holdOut makes newcomers of n clients, drawn from those that own training and test images. Clients are numbered anew:
// those that take part first, in their order, then the newcomers in theirs.
func (p *Partition) holdOut(n int, root seed.Root) error {
	if n == 0 {
		return nil
	}
	var able []int
	training := 0
	for k, s := range p.Clients {
		if len(s.Train) > 0 {
			training++
		}
		if len(s.Train) > 0 && len(s.Test) > 0 {
			able = append(able, k)
		}
	}
	switch {
	case n >= training:
		return fault.Usagef("partition: --unseen %d leaves none of the %d clients that own training images to train",
			n, training)
	case n > len(able):
		return fault.Usagef("partition: --unseen %d: only %d of %d clients own training and test images",
			n, len(able), len(p.Clients))
	}
	root.Stream(seed.Unseen).Shuffle(len(able), func(i, j int) { able[i], able[j] = able[j], able[i] })
	out := able[:n]
	slices.Sort(out)
	var clients []Shard
	var names []string
	for k, s := range p.Clients {
		_, held := slices.BinarySearch(out, k)
		switch {
		case held:
			p.Unseen = append(p.Unseen, Newcomer{p.Name(k), s})
			continue
		case p.Names != nil:
			names = append(names, p.Names[k])
		}
		clients = append(clients, s)
	}
	p.Clients, p.Names = clients, names
	return nil
}

// Everyone are the shards of all clients: of those that take part, then of the newcomers.
func (p *Partition) Everyone() []Shard {
	all := slices.Clone(p.Clients)
	for _, c := range p.Unseen {
		all = append(all, c.Shard)
	}
	return all
}

// unseenImages counts the newcomers' training images.
func (p *Partition) unseenImages() (n int) {
	for _, c := range p.Unseen {
		n += len(c.Train)
	}
	return n
}

// alone is the kind of a division in which all rows are one client's.
const alone = "alone"

// Alone is the division of one client that did not take part in a run: all rows of both splits are its own. The
// training images that count, for groups of classes and class shares, are those of the run's own division.
func Alone(run *Partition, name string, trainRows, testRows int) *Partition {
	all := func(n int) []int {
		rows := make([]int, n)
		for i := range rows {
			rows[i] = i
		}
		return rows
	}
	return &Partition{
		Format: 1, Kind: alone, Seed: run.Seed, LocalTest: "all test images of the one client",
		Names: []string{name}, Counts: run.Counts, Clients: []Shard{{Train: all(trainRows), Test: all(testRows)}},
	}
}
