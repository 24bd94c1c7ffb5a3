package partition

import "github.com/fedpurel/fedpurel/train/seed"

// labels is one split as the splitters see it: row numbers grouped by class.
type labels struct{ train, test [][]int }

// splitter deals the rows to clients. It may leave a client empty; Make decides what follows from that.
type splitter func(l labels, o Options, root seed.Root) (train, test [][]int, note string)

// Kind is one way to divide.
type Kind struct {
	Name      string
	Doc       string
	localTest string // what the clients' own test images are, in words
	split     splitter
}

const proportional = "class by class in the proportions of the clients' training images, without the long tail"

// Kinds is the table of partitioners, in name order.
var Kinds = []Kind{
	{
		"dirichlet",
		"each class is dealt in Dirichlet(β) proportions, capped so that no client exceeds its share by much",
		"class preferences of the training data, without its long tail",
		dirichlet,
	},
	{
		"iid",
		"every client gets the same class mix",
		"the same class mix for everyone, balanced",
		iid,
	},
	{
		"natural",
		"clients that the data names",
		"the test images that the data names for the client, or else " + proportional,
		natural,
	},
	{
		"pachinko",
		"clients prefer coarse classes by Dirichlet(β), and classes within them by Dirichlet(10)",
		proportional,
		pachinko,
	},
	{
		"pachinko-pooled",
		"the same over training and test images together, as in the release for CIFAR-100",
		"what the client's draws from the pooled data left to the test split: " +
			"class c in the ratio of training to test images",
		pachinkoPooled,
	},
	{
		"shards",
		"the training data sorted by class is cut into shards, some a client (McMahan et al.)",
		proportional,
		shards,
	},
}

// Names lists the kinds.
func Names() []string {
	var names []string
	for _, k := range Kinds {
		names = append(names, k.Name)
	}
	return names
}
