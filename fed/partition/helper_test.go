package partition

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/seed"
)

// balanced returns per labels of every class, in an order that is not sorted.
func balanced(classes, per int) []int32 {
	y := make([]int32, 0, classes*per)
	for i := range classes * per {
		y = append(y, int32(i%classes))
	}
	rng := rand.New(rand.NewPCG(5, 6))
	rng.Shuffle(len(y), func(i, j int) { y[i], y[j] = y[j], y[i] })
	return y
}

// options are the defaults with what tests vary. The ten classes have five coarse ones, rows belong to seven people.
func options(kind string, clients int, imbalance, beta float64, seed uint64) Options {
	o := Default()
	o = of(o, kind)
	o.Clients, o.Seed = clients, seed
	o.Tail.(*Exponential).Imbalance = imbalance
	if b, ok := o.Split.(interface{ setBeta(float64) }); ok {
		b.setBeta(beta)
	}
	return o
}

func (c *concentration) setBeta(beta float64) { c.Beta = beta }

// of replaces the partitioner.
func of(o Options, kind string) Options {
	k, err := FindKind(Kinds, kind)
	if err != nil {
		panic(err)
	}
	o.Kind, o.Split = k, k.New()
	return o
}

// tail replaces the long tail.
func tail(o Options, profile string) Options {
	p, err := FindProfile(Profiles, profile)
	if err != nil {
		panic(err)
	}
	o.Profile, o.Tail = p, p.New()
	return o
}

// complete adds what the kind needs to know about the data.
func complete(o Options, train []int32, classes int) Options {
	switch split := o.Split.(type) {
	case *Pachinko:
		split.Coarse = pairs(classes)
	case *PachinkoPooled:
		split.Coarse = pairs(classes)
	case *Natural:
		perClass := map[int32]int{} // client k owns every K-th image of a class, so that nobody is left out
		for _, y := range train {
			name := fmt.Sprintf("client %03d", (perClass[y]+int(y))%o.Clients)
			split.Owners.Train = append(split.Owners.Train, name)
			perClass[y]++
		}
	}
	return o
}

// pairs are coarse classes of two classes each.
func pairs(classes int) []int {
	coarse := make([]int, classes)
	for c := range coarse {
		coarse[c] = c / 2
	}
	return coarse
}

func mustMake(t *testing.T, train, test []int32, classes int, o Options) *Partition {
	t.Helper()
	p, err := Make(train, test, classes, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// conforms checks what every partition promises: as many shards as clients, nobody owns a row twice, every kept
// training row and every test row has an owner, rows ascend, and the counts are those of the owned rows.
func conforms(t *testing.T, p *Partition, train, test []int32, classes int, o Options) {
	t.Helper()
	if len(p.Clients) != o.Clients {
		t.Fatalf("%d shards for %d clients", len(p.Clients), o.Clients)
	}
	if err := p.Check(len(train), len(test)); err != nil {
		t.Fatal(err)
	}
	kept, err := LongTail(train, classes, o.Tail, seed.Root(o.Seed))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(kept)
	var ownedTrain, ownedTest []int
	counts := make([]int, classes)
	for k, s := range p.Clients {
		if !slices.IsSorted(s.Train) || !slices.IsSorted(s.Test) {
			t.Errorf("rows of client %d do not ascend", k)
		}
		ownedTrain, ownedTest = append(ownedTrain, s.Train...), append(ownedTest, s.Test...)
		for _, r := range s.Train {
			counts[train[r]]++
		}
	}
	for _, r := range ownedTrain {
		if _, ok := slices.BinarySearch(kept, r); !ok {
			t.Errorf("training row %d has an owner, but was not kept", r)
		}
	}
	free := len(kept) - len(ownedTrain)
	switch o.Kind.Name { // Pachinko allocation leaves what does not divide by the clients
	case "pachinko":
	case "pachinko-pooled":
		free += len(test) - len(ownedTest)
	default:
		if free > 0 {
			t.Errorf("%d training rows have an owner, %d were kept", len(ownedTrain), len(kept))
		}
	}
	if free >= o.Clients {
		t.Errorf("%d rows are left over for %d clients", free, o.Clients)
	}
	if o.Kind.Name != "pachinko-pooled" && len(ownedTest) != len(test) {
		t.Errorf("%d of %d test rows have an owner", len(ownedTest), len(test))
	}
	if !slices.Equal(counts, p.Counts) {
		t.Errorf("counts %v, owned %v", p.Counts, counts)
	}
}
