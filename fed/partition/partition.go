package partition

import (
	"fmt"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Shard is what one client owns, as row numbers of the cache's splits, ascending.
type Shard struct {
	Train []int `json:"train"`
	Test  []int `json:"test"`
}

// Partition is the protocol of a run: which rows remain of the training split and who owns them.
type Partition struct {
	Format    int      `json:"format"`
	Kind      string   `json:"kind"`
	Beta      float64  `json:"beta,omitempty"`
	Tail      string   `json:"tail"`
	Imbalance float64  `json:"imbalance"`
	Seed      uint64   `json:"seed"`
	LocalTest string   `json:"local_test"`      // how clients' test images are chosen
	Note      string   `json:"note,omitempty"`  // what had to be repaired
	Names     []string `json:"names,omitempty"` // of natural clients
	Counts    []int    `json:"train_counts"`    // training images per class, all clients that take part
	Clients   []Shard  `json:"clients"`
	// Unseen are the clients that never take part.
	Unseen []Newcomer `json:"unseen,omitempty"`
}

// String is the protocol in one line, as reports print it.
func (p *Partition) String() string {
	if p.Kind == alone {
		return fmt.Sprintf("one client that never took part, with %d training images; the global model has seen %d",
			len(p.Clients[0].Train), p.Images())
	}
	kind := p.Kind
	if k, err := FindKind(Kinds, p.Kind); err == nil && k.Title != "" {
		kind = k.Title
	}
	if p.Beta > 0 {
		kind = fmt.Sprintf("%s β=%g", kind, p.Beta)
	}
	tail := p.Tail
	if t, err := FindProfile(Profiles, p.Tail); err == nil {
		tail = t.Title
		if _, ok := t.New().(imbalanced); ok {
			tail = fmt.Sprintf("%s IF=%g", t.Title, p.Imbalance)
		}
	} else if tail == "" {
		tail = "data as it is"
	}
	never := ""
	if n := len(p.Unseen); n > 0 {
		never = fmt.Sprintf(" and %d that never take part", n)
	}
	return fmt.Sprintf("%s (%d training images), %s over %d clients%s, data seed %d",
		tail, p.Images(), kind, len(p.Clients), never, p.Seed)
}

// Check reports a partition that does not fit splits of the given sizes, rows out of range or owned twice, or itself.
func (p *Partition) Check(trainRows, testRows int) error {
	if p.Names != nil && len(p.Names) != len(p.Clients) {
		return fault.Corruptf("partition: %d names for %d clients", len(p.Names), len(p.Clients))
	}
	usedTrain, usedTest := make([]bool, trainRows), make([]bool, testRows)
	mark := func(used []bool, rows []int, client int, split string) error {
		for _, r := range rows {
			if r < 0 || r >= len(used) {
				return fault.Corruptf("partition: client %d%s owns %s row %d, but there are %d rows",
					client, p.called(client), split, r, len(used))
			}
			if used[r] {
				return fault.Corruptf("partition: %s row %d is owned twice (again by client %d%s)",
					split, r, client, p.called(client))
			}
			used[r] = true
		}
		return nil
	}
	for k, s := range p.Everyone() {
		if err := mark(usedTrain, s.Train, k, "train"); err != nil {
			return err
		}
		if err := mark(usedTest, s.Test, k, "test"); err != nil {
			return err
		}
	}
	return nil
}

// called is a client's name behind its number, where it has one.
func (p *Partition) called(client int) string {
	if name := p.Name(client); name != "" {
		return " (" + name + ")"
	}
	return ""
}
