package partition

import (
	"errors"
	"slices"
	"sort"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Options say how to divide: a row of each table with its options, and what is general. Start from Default.
type Options struct {
	Kind      Kind
	Split     Partitioner // of Kind
	Profile   Profile
	Tail      Tail   // of Profile
	Clients   int    // K ≥ 1; not read where the data names the clients
	LocalTest string // a name of LocalTests
	Seed      uint64
	Unseen    int // clients that never take part
	// Files names the images of the splits, if anybody knows.
	Files func() (train, test []string, err error)
	// Owners are the clients that the data itself names, where it does.
	Owners func() (Owners, error)
}

// LocalTests are the rules for clients' own test images: as in the release, or thinned to the training distribution.
var LocalTests = []string{"code", "matched"}

// Default is the paper's protocol: IF = 100, 20 clients, label-Dirichlet with β = 1, local tests as in the release.
func Default() Options {
	o := Options{Clients: 20, LocalTest: "code", Seed: 1}
	o.Kind, _ = FindKind(Kinds, "dirichlet")
	o.Profile, _ = FindProfile(Profiles, "exponential")
	o.Split, o.Tail = o.Kind.New(), o.Profile.New()
	return o
}

// Validate reports every option that cannot work.
func (o Options) Validate() error {
	switch {
	case o.Clients < 1:
		return fault.Usagef("partition: %d clients: at least one is needed", o.Clients)
	case o.Unseen < 0:
		return fault.Usagef("partition: --unseen %d must not be negative", o.Unseen)
	case !slices.Contains(LocalTests, o.LocalTest):
		return fault.Unknown("partition: unknown local test", o.LocalTest, LocalTests)
	}
	return errors.Join(o.Split.Validate(), o.Tail.Validate())
}

// concentrated is a partitioner with a Dirichlet concentration, which the partition records.
type concentrated interface{ Concentration() float64 }

// Make cuts the long tail and divides both splits. The outcome depends on the labels, the options and the files that
// they name only. More clients than remaining training samples is an error.
func Make(train, test []int32, classes int, o Options) (*Partition, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	root := seed.Root(o.Seed)
	kept, err := LongTail(train, classes, o.Tail, root)
	if err != nil {
		return nil, err
	}
	if o.Clients > len(kept) && !o.Kind.Named {
		return nil, tooMany(o.Clients, len(kept))
	}
	d := Data{
		Train: make([][]int, classes), TrainRows: len(train), TestRows: len(test),
		Clients: o.Clients, Root: root, Files: o.Files, Owners: o.Owners,
	}
	for _, i := range kept {
		d.Train[train[i]] = append(d.Train[train[i]], i)
	}
	if d.Test, err = group(test, classes); err != nil {
		return nil, err
	}
	deal, err := o.Split.Split(d)
	if err != nil {
		return nil, err
	}
	p := &Partition{
		Format: 1, Kind: o.Kind.Name, Tail: o.Profile.Name, Imbalance: factor(o.Tail), Seed: o.Seed,
		LocalTest: "code: " + o.Kind.LocalTest, Note: deal.Note, Names: deal.Names, Counts: make([]int, classes),
	}
	if c, ok := o.Split.(concentrated); ok {
		p.Beta = c.Concentration()
	}
	if o.LocalTest == "matched" {
		matched(deal.Train, deal.Test, train, test, classes, root)
		p.LocalTest = "matched: of the images that rule code gives a client (" + o.Kind.LocalTest +
			"), as many as have its training distribution"
	}
	for k := range deal.Train {
		sort.Ints(deal.Train[k])
		sort.Ints(deal.Test[k])
		p.Clients = append(p.Clients, Shard{Train: deal.Train[k], Test: deal.Test[k]})
	}
	if err := p.holdOut(o.Unseen, root); err != nil {
		return nil, err
	}
	for _, s := range p.Clients { // a kind may leave rows to nobody
		for _, r := range s.Train {
			p.Counts[train[r]]++
		}
	}
	return p, nil
}

func tooMany(clients, kept int) error {
	return fault.Usagef("partition: %d clients but only %d training images after the long tail; "+
		"lower --clients or --imbalance", clients, kept)
}
