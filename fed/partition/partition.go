package partition

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
	Format    int      `json:"format"`
	Kind      string   `json:"kind"`
	Beta      float64  `json:"beta,omitempty"`
	Tail      string   `json:"tail"`
	Imbalance float64  `json:"imbalance"`
	Seed      uint64   `json:"seed"`
	LocalTest string   `json:"local_test"`      // how clients' test images are chosen
	Note      string   `json:"note,omitempty"`  // what had to be repaired
	Names     []string `json:"names,omitempty"` // of natural clients
	Counts    []int    `json:"train_counts"`    // training images per class, all clients
	Clients   []Shard  `json:"clients"`
}

// Options say how to divide. Zero values are not defaults: start from Default.
type Options struct {
	Tail      Tail
	Kind      string  // a name of Kinds
	Clients   int     // K ≥ 1; natural clients count themselves
	Beta      float64 // Dirichlet concentration > 0; for dirichlet and the pachinko kinds
	Hierarchy []int   // coarse class of every class; for the pachinko kinds
	Shards    int     // label-sorted shards a client gets; for shards
	Owners    Owners  // for natural
	LocalTest string  // "code" or "matched"
	Seed      uint64
}

// Owners names the client of every row of the splits. An empty name is nobody's row. Without names for the test
// split its rows are dealt like the training rows of their class.
type Owners struct{ Train, Test []string }

// Default is the paper's protocol: IF = 100, 20 clients, label-Dirichlet with β = 1, local tests as in the release.
func Default() Options {
	return Options{
		Tail: Tail{Profile: "exponential", Imbalance: 100, Min: 1},
		Kind: "dirichlet", Clients: 20, Beta: 1, Shards: 2, LocalTest: "code", Seed: 1,
	}
}

// Validate reports every option that cannot work.
func (o Options) Validate() error {
	switch {
	case !slices.Contains(Names(), o.Kind):
		return fault.Usagef("partition: unknown kind %q; known: %s", o.Kind, strings.Join(Names(), ", "))
	case o.Clients < 1:
		return fault.Usagef("partition: %d clients: at least one is needed", o.Clients)
	case !(o.Beta > 0) || math.IsInf(o.Beta, 0):
		return fault.Usagef("partition: Dirichlet concentration %v must be positive and finite", o.Beta)
	case o.Shards < 1:
		return fault.Usagef("partition: %d shards a client: at least one is needed", o.Shards)
	case o.LocalTest != "code" && o.LocalTest != "matched":
		return fault.Usagef("partition: unknown local test %q; known: code, matched", o.LocalTest)
	}
	return nil
}

// fit reports options that do not go with the data.
func (o Options) fit(train, test []int32, classes int) error {
	switch {
	case strings.HasPrefix(o.Kind, "pachinko") && len(o.Hierarchy) != classes:
		return fault.Usagef("partition: kind %s needs the coarse class of each of the %d classes; %d are given",
			o.Kind, classes, len(o.Hierarchy))
	case strings.HasPrefix(o.Kind, "pachinko") && slices.Min(o.Hierarchy) < 0:
		return fault.Usagef("partition: a coarse class is negative")
	case o.Kind == "natural" && len(o.Owners.Train) != len(train):
		return fault.Usagef("partition: kind natural needs a client's name for each of the %d training images; "+
			"%d are given", len(train), len(o.Owners.Train))
	case o.Kind == "natural" && len(o.Owners.Test) != 0 && len(o.Owners.Test) != len(test):
		return fault.Usagef("partition: %d test images have a client's name, of %d", len(o.Owners.Test), len(test))
	}
	return nil
}

// Make cuts the long tail and divides both splits. The outcome depends on the labels and the options only.
// More clients than remaining training samples is an error.
func Make(train, test []int32, classes int, o Options) (*Partition, error) {
	if err := errors.Join(o.Validate(), o.fit(train, test, classes)); err != nil {
		return nil, err
	}
	root := seed.Root(o.Seed)
	kept, err := LongTail(train, classes, o.Tail, root)
	if err != nil {
		return nil, err
	}
	var names []string
	if o.Kind == "natural" {
		names = o.Owners.names(kept)
		o.Clients = len(names)
	}
	if o.Clients > len(kept) || o.Clients < 1 {
		return nil, fault.Usagef("partition: %d clients but only %d training images after the long tail; "+
			"lower --clients or --imbalance", o.Clients, len(kept))
	}
	l := labels{train: make([][]int, classes)}
	p := &Partition{
		Format:    1,
		Kind:      o.Kind,
		Tail:      o.Tail.Profile,
		Imbalance: o.Tail.Imbalance,
		Seed:      o.Seed,
		Names:     names,
		Counts:    make([]int, classes),
	}
	if o.Kind == "dirichlet" || strings.HasPrefix(o.Kind, "pachinko") {
		p.Beta = o.Beta
	}
	for _, i := range kept {
		l.train[train[i]] = append(l.train[train[i]], i)
	}
	if l.test, err = group(test, classes); err != nil {
		return nil, err
	}
	kind := Kinds[slices.Index(Names(), o.Kind)]
	trainOf, testOf, note := kind.split(l, o, root)
	p.Note, p.LocalTest = note, "code: "+kind.localTest
	if o.LocalTest == "matched" {
		matched(trainOf, testOf, train, test, classes, root)
		p.LocalTest = "matched: of the images that rule code gives a client (" + kind.localTest +
			"), as many as have its training distribution"
	}
	for k := range trainOf {
		sort.Ints(trainOf[k])
		sort.Ints(testOf[k])
		p.Clients = append(p.Clients, Shard{Train: trainOf[k], Test: testOf[k]})
	}
	for _, s := range p.Clients { // a kind may leave rows to nobody
		for _, r := range s.Train {
			p.Counts[train[r]]++
		}
	}
	return p, nil
}

// String is the protocol in one line, as reports print it.
func (p *Partition) String() string {
	kind := p.Kind
	switch {
	case p.Kind == "dirichlet":
		kind = fmt.Sprintf("label-Dirichlet β=%g", p.Beta)
	case p.Beta > 0:
		kind = fmt.Sprintf("%s β=%g", p.Kind, p.Beta)
	}
	tail := "data as it is"
	switch p.Tail {
	case "exponential":
		tail = fmt.Sprintf("long tail IF=%g", p.Imbalance)
	case "step":
		tail = fmt.Sprintf("step tail IF=%g", p.Imbalance)
	case "list":
		tail = "listed class sizes"
	}
	total := 0
	for _, n := range p.Counts {
		total += n
	}
	return fmt.Sprintf("%s (%d training images), %s over %d clients, data seed %d",
		tail, total, kind, len(p.Clients), p.Seed)
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
				return fault.Corruptf("partition: client %d owns %s row %d, but there are %d rows",
					client, split, r, len(used))
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
