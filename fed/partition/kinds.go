package partition

import (
	"math"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Data is what a partitioner sees.
type Data struct {
	Train, Test         [][]int // rows of every class; of the training split those that the long tail left
	TrainRows, TestRows int     // of the whole splits
	Clients             int
	Root                seed.Root
	// Files names the images of the splits. It is nil, or gives nothing, if nobody knows them.
	Files func() (train, test []string, err error)
	// Owners are the clients that the data itself names; of a split where it names none, nil. It may be nil.
	Owners func() (Owners, error)
}

// Deal is what a partitioner gives: every client's rows. A client may be empty; Note says what had to be repaired.
type Deal struct {
	Train, Test [][]int
	Note        string
	Names       []string // of the clients, where the data names them
}

// Partitioner deals rows to clients. It is a pointer to a struct whose fields are its options, see package option.
type Partitioner interface {
	Validate() error
	Split(d Data) (Deal, error)
}

// Kind is one way to divide, a row of the table.
type Kind struct {
	Name      string
	Doc       string
	LocalTest string             // what the clients' own test images are, in words
	Title     string             // in a report's line, if not the name
	Named     bool               // the data names the clients: their number is not chosen
	New       func() Partitioner // with its default options
}

const proportional = "class by class in the proportions of the clients' training images, without the long tail"

// Kinds is the table of partitioners, in name order.
var Kinds = []Kind{
	{
		Name: "dirichlet", Title: "label-Dirichlet",
		Doc: "each class is dealt in Dirichlet(β) proportions, " +
			"capped so that no client exceeds its share by much",
		LocalTest: "class preferences of the training data, without its long tail",
		New:       func() Partitioner { return &Dirichlet{concentration{1}} },
	}, {
		Name: "iid", Doc: "every client gets the same class mix",
		LocalTest: "the same class mix for everyone, balanced",
		New:       func() Partitioner { return IID{} },
	}, {
		Name: "natural", Doc: "clients that the data names", Named: true,
		LocalTest: "the test images that the data names for the client, or else " + proportional,
		New:       func() Partitioner { return &Natural{} },
	}, {
		Name:      "pachinko",
		Doc:       "clients prefer coarse classes by Dirichlet(β), and classes within them by Dirichlet(10)",
		LocalTest: proportional,
		New:       func() Partitioner { return &Pachinko{concentration: concentration{1}} },
	}, {
		Name: "pachinko-pooled",
		Doc:  "the same over training and test images together, as in the release for CIFAR-100",
		LocalTest: "what the client's draws from the pooled data left to the test split: class c in the ratio of " +
			"training to test images",
		New: func() Partitioner { return &PachinkoPooled{Pachinko{concentration: concentration{1}}} },
	}, {
		Name: "shards", LocalTest: proportional,
		Doc: "the training data sorted by class is cut into shards, some a client (McMahan et al.)",
		New: func() Partitioner { return &Shards{2} },
	},
}

func kindNames(kinds []Kind) []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// FindKind returns the row called name; an unknown name is an error that lists the known ones.
func FindKind(kinds []Kind, name string) (Kind, error) {
	for _, k := range kinds {
		if k.Name == name {
			return k, nil
		}
	}
	return Kind{}, fault.Unknown("partition: unknown kind", name, kindNames(kinds))
}

// concentration is the option of partitioners that draw from a Dirichlet distribution.
type concentration struct {
	Beta float64 `json:"beta" usage:"Dirichlet concentration of the partition; smaller makes clients differ more"`
}

// Concentration is β.
func (c concentration) Concentration() float64 { return c.Beta }

// Validate reports a concentration that cannot be drawn with.
func (c concentration) Validate() error {
	if !(c.Beta > 0) || math.IsInf(c.Beta, 0) {
		return fault.Usagef("partition: Dirichlet concentration %v must be positive and finite", c.Beta)
	}
	return nil
}
