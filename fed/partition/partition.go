package partition

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Shard is what one client owns, as row numbers of the cache's splits, ascending.
type Shard struct {
	Train []int `json:"train"`
	Test  []int `json:"test"`
}

// Partition is the protocol of a run: which rows remain of the training split and who owns them.
type Partition struct {
	Format    int     `json:"format"`
	Kind      string  `json:"kind"`
	Beta      float64 `json:"beta,omitempty"`
	Imbalance float64 `json:"imbalance"`
	Seed      uint64  `json:"seed"`
	LocalTest string  `json:"local_test"`
	Note      string  `json:"note,omitempty"` // what had to be repaired
	Counts    []int   `json:"train_counts"`   // training images per class, all clients
	Clients   []Shard `json:"clients"`
}

// LocalTestRule names how clients get test images: every test image goes to one client, with the same class
// preferences as the training images but without the long tail, as in the authors' release.
const LocalTestRule = "code: class preferences of the training data, without its long tail"

// Options say how to divide. Zero values are not defaults: start from Default.
type Options struct {
	Kind      string  // a name of Kinds
	Clients   int     // K ≥ 1
	Imbalance float64 // IF ≥ 1
	Beta      float64 // Dirichlet concentration > 0; for kind dirichlet
	Seed      uint64
}

// Default is the paper's protocol: IF = 100, 20 clients, label-Dirichlet with β = 1.
func Default() Options {
	return Options{Kind: "dirichlet", Clients: 20, Imbalance: 100, Beta: 1, Seed: 1}
}

// labels is one split as the splitters see it: row numbers grouped by class.
type labels struct{ train, test [][]int }

// splitter deals the rows to clients. It may leave a client empty; Make decides what follows from that.
type splitter func(l labels, o Options, root seed.Root) (train, test [][]int, note string)

// Kind is one way to divide.
type Kind struct {
	Name  string
	Doc   string
	split splitter
}

// Kinds is the table of partitioners, in name order.
var Kinds = []Kind{
	{"dirichlet", "each class is dealt in Dirichlet(β) proportions, capped so that no client exceeds its share by much", dirichlet},
	{"iid", "every client gets the same class mix", iid},
}

// Names lists the kinds.
func Names() []string {
	var names []string
	for _, k := range Kinds {
		names = append(names, k.Name)
	}
	return names
}

// Validate reports every option that cannot work.
func (o Options) Validate() error {
	switch {
	case !contains(Names(), o.Kind):
		return fault.Usagef("partition: unknown kind %q; known: %s", o.Kind, strings.Join(Names(), ", "))
	case o.Clients < 1:
		return fault.Usagef("partition: %d clients: at least one is needed", o.Clients)
	case !(o.Beta > 0) || math.IsInf(o.Beta, 0):
		return fault.Usagef("partition: Dirichlet concentration %v must be positive and finite", o.Beta)
	}
	return nil
}

// Make cuts the long tail and divides both splits. The outcome depends on the labels and the options only.
// More clients than remaining training samples is an error.
func Make(train, test []int32, classes int, o Options) (*Partition, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	root := seed.Root(o.Seed)
	kept, err := LongTail(train, classes, o.Imbalance, root)
	if err != nil {
		return nil, err
	}
	if o.Clients > len(kept) {
		return nil, fault.Usagef("partition: %d clients but only %d training images after the long tail; lower --clients or --imbalance", o.Clients, len(kept))
	}
	l := labels{train: make([][]int, classes)}
	p := &Partition{Format: 1, Kind: o.Kind, Imbalance: o.Imbalance, Seed: o.Seed, LocalTest: LocalTestRule, Counts: make([]int, classes)}
	if o.Kind == "dirichlet" {
		p.Beta = o.Beta
	}
	for _, i := range kept {
		l.train[train[i]] = append(l.train[train[i]], i)
		p.Counts[train[i]]++
	}
	if l.test, err = group(test, classes); err != nil {
		return nil, err
	}
	for _, k := range Kinds {
		if k.Name == o.Kind {
			trainOf, testOf, note := k.split(l, o, root)
			p.Note = note
			for k := range trainOf {
				sort.Ints(trainOf[k])
				sort.Ints(testOf[k])
				p.Clients = append(p.Clients, Shard{Train: trainOf[k], Test: testOf[k]})
			}
		}
	}
	return p, nil
}

// String is the protocol in one line, as reports print it.
func (p *Partition) String() string {
	kind := p.Kind
	if p.Kind == "dirichlet" {
		kind = fmt.Sprintf("label-Dirichlet β=%g", p.Beta)
	}
	total := 0
	for _, n := range p.Counts {
		total += n
	}
	return fmt.Sprintf("long tail IF=%g (%d training images), %s over %d clients, data seed %d", p.Imbalance, total, kind, len(p.Clients), p.Seed)
}

// Check reports a partition that does not fit splits of the given sizes: rows out of range or owned twice.
func (p *Partition) Check(trainRows, testRows int) error {
	usedTrain, usedTest := make([]bool, trainRows), make([]bool, testRows)
	mark := func(used []bool, rows []int, client int, split string) error {
		for _, r := range rows {
			if r < 0 || r >= len(used) {
				return fault.Corruptf("partition: client %d owns %s row %d, but there are %d rows", client, split, r, len(used))
			}
			if used[r] {
				return fault.Corruptf("partition: %s row %d is owned twice (again by client %d)", split, r, client)
			}
			used[r] = true
		}
		return nil
	}
	for k, s := range p.Clients {
		if err := mark(usedTrain, s.Train, k, "train"); err != nil {
			return err
		}
		if err := mark(usedTest, s.Test, k, "test"); err != nil {
			return err
		}
	}
	return nil
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}
