package partition

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
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

func TestKinds(t *testing.T) {
	if !slices.IsSorted(kindNames(Kinds)) {
		t.Errorf("table is not in name order: %v", kindNames(Kinds))
	}
	train, test := balanced(10, 60), balanced(10, 12)
	for _, kind := range Kinds {
		t.Run(kind.Name, func(t *testing.T) {
			if kind.Doc == "" {
				t.Error("no description")
			}
			for _, c := range []struct {
				clients         int
				imbalance, beta float64
				seed            uint64
			}{
				{1, 1, 1, 1}, {1, 20, 0.01, 1}, {7, 20, 1, 2}, {7, 20, 0.1, math.MaxUint64}, {7, 20, 0.01, 3},
				{7, 1, 1e-300, 3}, {7, 1, 1e300, 3}, {40, 100, 1, 4},
			} {
				o := complete(options(kind.Name, c.clients, c.imbalance, c.beta, c.seed), train, 10)
				p := mustMake(t, train, test, 10, o)
				conforms(t, p, train, test, 10, o)
				for k, s := range p.Clients {
					if len(s.Train) == 0 && p.Note == "" {
						t.Errorf("%+v: client %d has no training image and there is no note", o, k)
					}
				}
				if again := mustMake(t, train, test, 10, o); !reflect.DeepEqual(p, again) {
					t.Errorf("%+v: a second partition differs", o)
				}
				line := p.String()
				if !strings.Contains(line, "data seed") || strings.Contains(line, "\n") {
					t.Errorf("protocol line %q", line)
				}
			}
			a := mustMake(t, train, test, 10, complete(options(kind.Name, 7, 20, 1, 1), train, 10))
			b := mustMake(t, train, test, 10, complete(options(kind.Name, 7, 20, 1, 2), train, 10))
			for k := range a.Clients {
				one, two := a.Clients[k], b.Clients[k]
				if slices.Equal(one.Train, two.Train) || slices.Equal(one.Test, two.Test) {
					t.Errorf("client %d owns the same rows under two seeds", k)
				}
			}
			// As many clients as kept rows is the limit.
			few := balanced(10, 2)
			all := complete(options(kind.Name, 20, 1, 1, 1), few, 10)
			if kind.Name != "natural" { // which has as many clients as own something
				conforms(t, mustMake(t, few, test, 10, all), few, test, 10, all)
				many := complete(options(kind.Name, 21, 1, 1, 1), few, 10)
				if _, err := Make(few, test, 10, many); fault.KindOf(err) != fault.Usage {
					t.Errorf("21 clients for 20 images: %v", err)
				}
			}
			// Classes without any image, and a test split without any, are no reason to fail.
			hole := []int32{0, 0, 2, 2, 2, 2}
			two := tail(complete(options(kind.Name, 2, 1, 1, 1), hole, 4), "natural")
			conforms(t, mustMake(t, hole, nil, 4, two), hole, nil, 4, two)
			// A matched local test is a subset of the other.
			matched := complete(options(kind.Name, 7, 20, 1, 1), train, 10)
			matched.LocalTest = "matched"
			m := mustMake(t, train, test, 10, matched)
			for k, s := range m.Clients {
				for _, r := range s.Test {
					if !slices.Contains(a.Clients[k].Test, r) {
						t.Errorf("matched test row %d of client %d is not one of its rows", r, k)
					}
				}
				if !slices.Equal(s.Train, a.Clients[k].Train) {
					t.Errorf("client %d trains on other rows", k)
				}
			}
			if !strings.HasPrefix(a.LocalTest, "code: ") || !strings.HasPrefix(m.LocalTest, "matched: ") {
				t.Errorf("local tests are called %q and %q", a.LocalTest, m.LocalTest)
			}
		})
	}
}

// exponential is a tail with a floor.
func exponential(imbalance float64, least int) Tail {
	return &Exponential{Along{Imbalance: imbalance, floor: floor{least}}}
}

// The protocol of the field: 100 classes of 500 images.
func TestLongTailCounts(t *testing.T) {
	labels := balanced(100, 500)
	for _, c := range []struct {
		imbalance float64
		total     int
		first     []int
		last      []int
		groups    []int // many, medium, few
	}{
		{100, 10847, []int{500, 477, 455, 434, 415, 396, 378, 361, 344, 328}, []int{5, 5, 5, 5}, []int{35, 34, 31}},
		{50, 12608, []int{500}, nil, nil},
		{10, 19573, []int{500}, nil, nil},
		{1, 50000, []int{500, 500}, []int{500}, []int{100, 0, 0}},
	} {
		kept, err := LongTail(labels, 100, exponential(c.imbalance, 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, 100)
		for _, i := range kept {
			counts[labels[i]]++
		}
		if len(kept) != c.total {
			t.Errorf("IF=%v keeps %d, want %d", c.imbalance, len(kept), c.total)
		}
		if !slices.Equal(counts[:len(c.first)], c.first) || !slices.Equal(counts[100-len(c.last):], c.last) {
			t.Errorf("IF=%v: counts %v", c.imbalance, counts)
		}
		for i, g := range metric.ByThresholds(counts) {
			if c.groups != nil && len(g.Classes) != c.groups[i] {
				t.Errorf("IF=%v: %d classes are %s, want %d", c.imbalance, len(g.Classes), g.Name, c.groups[i])
			}
		}
	}
}

// Which images of a class stay depends on the class alone: a longer tail keeps a subset, classes are listed in order.
func TestLongTailIsNested(t *testing.T) {
	labels := balanced(8, 50)
	long, err := LongTail(labels, 8, exponential(5, 1), 3)
	if err != nil {
		t.Fatal(err)
	}
	short, err := LongTail(labels, 8, exponential(25, 1), 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range short {
		if !slices.Contains(long, i) {
			t.Errorf("row %d stays at IF=25 but not at IF=5", i)
		}
	}
	byClass := func(a, b int) int { return int(labels[a] - labels[b]) }
	if !slices.IsSortedFunc(short, byClass) {
		t.Error("rows are not listed class by class")
	}
}

func TestLongTailKeepsOne(t *testing.T) {
	labels := append(balanced(3, 4), 3) // class 3 has one image, class 4 none
	kept, err := LongTail(labels, 5, exponential(1e6, 1), 1)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 5)
	for _, i := range kept {
		counts[labels[i]]++
	}
	if !slices.Equal(counts, []int{2, 1, 1, 1, 0}) { // ⌊13/5⌋ = 2, then at least one where there is any
		t.Errorf("counts %v", counts)
	}
	one, err := LongTail(make([]int32, 7), 1, exponential(100, 1), 1)
	if err != nil || len(one) != 7 {
		t.Errorf("a single class keeps %d of 7: %v", len(one), err)
	}
}

func TestIIDSizes(t *testing.T) {
	train, test := balanced(10, 37), balanced(10, 11)
	p := mustMake(t, train, test, 10, options("iid", 7, 10, 1, 1))
	sizes := func(pick func(Shard) []int) (least, most int) {
		least = math.MaxInt
		for _, s := range p.Clients {
			least, most = min(least, len(pick(s))), max(most, len(pick(s)))
		}
		return least, most
	}
	if a, b := sizes(func(s Shard) []int { return s.Train }); b-a > 1 {
		t.Errorf("clients own %d to %d training images", a, b)
	}
	if a, b := sizes(func(s Shard) []int { return s.Test }); b-a > 1 {
		t.Errorf("clients own %d to %d test images", a, b)
	}
	for c := range 10 { // the class mix is the same everywhere
		least, most := math.MaxInt, 0
		for _, s := range p.Clients {
			n := 0
			for _, r := range s.Train {
				if int(train[r]) == c {
					n++
				}
			}
			least, most = min(least, n), max(most, n)
		}
		if most-least > 1 {
			t.Errorf("clients own %d to %d images of class %d", least, most, c)
		}
	}
}

// skew is the mean share that a client's largest class has of its training images.
func skew(p *Partition, train []int32, classes int) float64 {
	var sum float64
	for _, s := range p.Clients {
		counts := make([]int, classes)
		for _, r := range s.Train {
			counts[train[r]]++
		}
		sum += float64(slices.Max(counts)) / float64(max(len(s.Train), 1))
	}
	return sum / float64(len(p.Clients))
}

func TestDirichletFollowsBeta(t *testing.T) {
	train, test := balanced(10, 100), balanced(10, 20)
	at := func(beta float64) float64 {
		return skew(mustMake(t, train, test, 10, options("dirichlet", 5, 1, beta, 1)), train, 10)
	}
	small, one, large := at(0.1), at(1), at(1000)
	if !(small > one && one > large) || large > 0.15 {
		t.Errorf("largest class of a client: %.3f at β=0.1, %.3f at 1, %.3f at 1000", small, one, large)
	}
}

// The test images of a class are dealt in the proportions of its training images.
func TestLocalTestFollowsTraining(t *testing.T) {
	train, test := balanced(6, 1000), balanced(6, 1000)
	p := mustMake(t, train, test, 6, options("dirichlet", 4, 1, 1, 1))
	for k, s := range p.Clients {
		a, b := make([]int, 6), make([]int, 6)
		for _, r := range s.Train {
			a[train[r]]++
		}
		for _, r := range s.Test {
			b[test[r]]++
		}
		if !slices.Equal(a, b) {
			t.Errorf("client %d owns %v training and %v test images", k, a, b)
		}
	}
}

// With a concentration this small a class goes to one client, so three classes cannot reach ten clients.
func TestTinyBetaIsRepaired(t *testing.T) {
	train, test := balanced(3, 40), balanced(3, 10)
	for s := range uint64(5) {
		o := options("dirichlet", 10, 1, 0.01, s)
		p := mustMake(t, train, test, 3, o)
		conforms(t, p, train, test, 3, o)
		if p.Note == "" {
			t.Error("no note")
		}
		for k, c := range p.Clients {
			if len(c.Train) == 0 {
				t.Errorf("seed %d: client %d has no training image", s, k)
			}
		}
	}
}

func TestMakeRefuses(t *testing.T) {
	good := options("dirichlet", 2, 2, 1, 1)
	with := func(f func(*Options)) Options { o := good; f(&o); return o }
	beta := func(b float64) Options { return options("dirichlet", 2, 2, b, 1) }
	imbalance := func(f float64) Options { return options("dirichlet", 2, f, 1, 1) }
	list := func(counts ...int) Options { return with(func(o *Options) { o.Tail = &List{Sizing: counts} }) }
	labels := balanced(3, 4)
	for _, c := range []struct {
		name        string
		train, test []int32
		o           Options
		kind        fault.Kind
	}{
		{"no client", labels, labels, with(func(o *Options) { o.Clients = 0 }), fault.Usage},
		{"β zero", labels, labels, beta(0), fault.Usage},
		{"β NaN", labels, labels, beta(math.NaN()), fault.Usage},
		{"β infinite", labels, labels, beta(math.Inf(1)), fault.Usage},
		{"IF below 1", labels, labels, imbalance(0.5), fault.Usage},
		{"IF NaN", labels, labels, imbalance(math.NaN()), fault.Usage},
		{"IF infinite", labels, labels, imbalance(math.Inf(1)), fault.Usage},
		{"minimum below 0", labels, labels, with(func(o *Options) { o.Tail = exponential(1, -1) }), fault.Usage},
		{"list too short", labels, labels, list(1, 2), fault.Usage},
		{"negative count", labels, labels, list(1, 2, -3), fault.Usage},
		{"list that keeps nothing", labels, labels, list(0, 0, 0), fault.Usage},
		{"no list", labels, labels, tail(good, "list"), fault.Usage},
		{"no shards", labels, labels, with(func(o *Options) {
			*o = of(*o, "shards")
			o.Split = &Shards{}
		}), fault.Usage},
		{"unknown local test", labels, labels, with(func(o *Options) { o.LocalTest = "all" }), fault.Usage},
		{"no hierarchy", labels, labels, of(good, "pachinko"), fault.Usage},
		{"no owners", labels, labels, of(good, "natural"), fault.Usage},
		{"negative coarse class", labels, labels, with(func(o *Options) {
			*o = of(*o, "pachinko")
			o.Split.(*Pachinko).Coarse = []int{0, -1, 1}
		}), fault.Usage},
		{"more clients than images", labels, labels, with(func(o *Options) { o.Clients = 13 }), fault.Usage},
		{"no images", nil, labels, good, fault.Usage},
		{"training label too large", []int32{0, 1, 3}, labels, good, fault.Corrupt},
		{"training label negative", []int32{0, -1, 1}, labels, good, fault.Corrupt},
		{"test label too large", labels, []int32{3}, good, fault.Corrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			if p, err := Make(c.train, c.test, 3, c.o); err == nil || fault.KindOf(err) != c.kind {
				t.Errorf("%v (kind %d), want kind %d; %v", err, fault.KindOf(err), c.kind, p)
			}
		})
	}
	if _, err := FindKind(Kinds, "quantity"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown kind: %v", err)
	}
	if _, err := FindProfile(Profiles, "pareto"); fault.KindOf(err) != fault.Usage {
		t.Errorf("unknown tail: %v", err)
	}
	if err := Default().Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		clients []Shard
		names   string // what the message must name
	}{
		{"training row owned by two", []Shard{{Train: []int{0, 1}}, {Train: []int{1}}}, "train row 1"},
		{"training row owned twice by one", []Shard{{Train: []int{2, 2}}}, "train row 2"},
		{"test row owned by two", []Shard{{Test: []int{0}}, {Test: []int{0}}}, "test row 0"},
		{"training row too large", []Shard{{}, {Train: []int{3}}}, "client 1"},
		{"test row too large", []Shard{{Test: []int{2}}}, "test row 2"},
		{"negative row", []Shard{{Train: []int{-1}}}, "row -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := (&Partition{Clients: c.clients}).Check(3, 2)
			if err == nil || fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), c.names) {
				t.Errorf("error %v", err)
			}
		})
	}
	named := &Partition{Names: []string{"a"}, Clients: make([]Shard, 2)}
	if err := named.Check(3, 2); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("one name for two clients: %v", err)
	}
	good := &Partition{Clients: []Shard{{Train: []int{0, 2}, Test: []int{1}}, {Train: []int{1}, Test: []int{0}}}}
	if err := good.Check(3, 2); err != nil {
		t.Error(err)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	train, test := balanced(5, 20), balanced(5, 6)
	for _, kind := range kindNames(Kinds) {
		p := mustMake(t, train, test, 5, complete(options(kind, 4, 5, 0.5, math.MaxUint64), train, 5))
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Partition
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p, &back) {
			t.Errorf("%s: %s comes back as %+v", kind, data, back)
		}
	}
}

// The hashes pin the random streams: a change here changes every partition ever made.
func TestGolden(t *testing.T) {
	train, test := balanced(5, 20), balanced(5, 6)
	for kind, want := range map[string]string{
		"dirichlet": "f90647762e8097ef", "iid": "c302026fcd957659", "natural": "de700c0cfeb0d4a9",
		"pachinko": "6202a1916f4bbd8d", "pachinko-pooled": "b3427fedab68a63d", "shards": "7c676b4ad597a509",
	} {
		data, err := json.Marshal(mustMake(t, train, test, 5, complete(options(kind, 4, 5, 0.5, 11), train, 5)).Clients)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%s: hash %s, was %s: %s", kind, got, want, data)
		}
	}
}

// The shapes of the tail, on 6 classes of 20.
func TestProfiles(t *testing.T) {
	labels := balanced(6, 20)
	for _, c := range []struct {
		name string
		tail Tail
		want []int
	}{
		{"exponential", exponential(20, 0), []int{20, 10, 6, 3, 1, 1}},
		{"at least two", exponential(20, 2), []int{20, 10, 6, 3, 2, 2}},
		{"step", &Step{Along{Imbalance: 10}}, []int{20, 20, 20, 2, 2, 2}},
		{"natural", Whole{}, []int{20, 20, 20, 20, 20, 20}},
		{"list", &List{Sizing: []int{1, 2, 3, 4, 5, 600}}, []int{1, 2, 3, 4, 5, 20}},
	} {
		kept, err := LongTail(labels, 6, c.tail, 1)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, 6)
		for _, i := range kept {
			counts[labels[i]]++
		}
		if !slices.Equal(counts, c.want) {
			t.Errorf("%s: %v, want %v", c.name, counts, c.want)
		}
	}
	// A shuffled order has the same sizes in another order, and depends on the seed.
	sizes := func(root seed.Root) []int {
		kept, err := LongTail(labels, 6, &Exponential{Along{Imbalance: 20, Shuffle: true}}, root)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, 6)
		for _, i := range kept {
			counts[labels[i]]++
		}
		return counts
	}
	a, b := sizes(1), sizes(2)
	if slices.Equal(a, b) {
		t.Errorf("two seeds give the order %v", a)
	}
	slices.Sort(a)
	if !slices.Equal(a, []int{1, 1, 3, 6, 10, 20}) {
		t.Errorf("shuffled sizes %v", a)
	}
}

// coarseSkew is the mean share of a client's largest coarse class.
func coarseSkew(p *Partition, train []int32, hierarchy []int) float64 {
	coarse := make([]int32, len(train))
	for i, y := range train {
		coarse[i] = int32(hierarchy[y])
	}
	return skew(p, coarse, len(hierarchy))
}

// Clients prefer coarse classes the more the smaller β is; within them, classes mix.
func TestPachinko(t *testing.T) {
	train, test := balanced(10, 200), balanced(10, 40)
	for _, kind := range []string{"pachinko", "pachinko-pooled"} {
		at := func(beta float64) float64 {
			o := complete(options(kind, 5, 1, beta, 1), train, 10)
			return coarseSkew(mustMake(t, train, test, 10, o), train, pairs(10))
		}
		small, large := at(0.1), at(100)
		if small < 0.45 || large > 0.4 {
			t.Errorf("%s: largest coarse class %.2f at β=0.1, %.2f at 100", kind, small, large)
		}
	}
	// Pooled, the share of a class's rows that are test rows is the same everywhere: n_c training to 40 test images.
	o := complete(options("pachinko-pooled", 5, 20, 1, 1), train, 10)
	p := mustMake(t, train, test, 10, o)
	tail := 0
	for _, s := range p.Clients {
		for _, r := range s.Test {
			if test[r] >= 5 {
				tail++
			}
		}
	}
	if tail < 180 {
		t.Errorf("%d of 200 test images of the rarer classes have an owner", tail)
	}
}

// A client of two shards sees few classes.
func TestShards(t *testing.T) {
	train, test := balanced(10, 100), balanced(10, 20)
	p := mustMake(t, train, test, 10, options("shards", 5, 1, 1, 1))
	for k, s := range p.Clients {
		seen := map[int32]bool{}
		for _, r := range s.Train {
			seen[train[r]] = true
		}
		if len(s.Train) != 200 || len(seen) > 2 {
			t.Errorf("client %d owns %d images of %d classes", k, len(s.Train), len(seen))
		}
		for _, r := range s.Test {
			if !seen[test[r]] {
				t.Errorf("client %d is tested on class %d, which it has no image of", k, test[r])
			}
		}
	}
}

// Natural clients own what carries their name; rows without a name are nobody's.
func TestNatural(t *testing.T) {
	train, test := []int32{0, 1, 0, 1, 0}, []int32{0, 1, 1}
	o := tail(options("natural", 99, 1, 1, 1), "natural")
	o.Split.(*Natural).Owners = Owners{
		Train: []string{"lab b", "lab a", "", "lab b", "lab a"}, Test: []string{"lab a", "lab b", "nobody"},
	}
	p := mustMake(t, train, test, 2, o)
	want := []Shard{{Train: []int{1, 4}, Test: []int{0}}, {Train: []int{0, 3}, Test: []int{1}}}
	if !reflect.DeepEqual(p.Clients, want) || !slices.Equal(p.Names, []string{"lab a", "lab b"}) ||
		!slices.Equal(p.Counts, []int{2, 2}) {
		t.Errorf("%+v", p)
	}
	o.Split.(*Natural).Owners.Test = nil
	if p := mustMake(t, train, test, 2, o); len(p.Clients[0].Test)+len(p.Clients[1].Test) != 3 {
		t.Errorf("test rows that nobody is named for: %+v", p.Clients)
	}
}

// A matched local test has about the client's training distribution, which rule code, balanced, has not.
func TestMatchedLocalTest(t *testing.T) {
	train, test := balanced(10, 500), balanced(10, 400)
	distance := func(rule string) (worst float64) {
		o := options("dirichlet", 4, 50, 1, 1)
		o.LocalTest = rule
		for _, s := range mustMake(t, train, test, 10, o).Clients {
			a, b := make([]float64, 10), make([]float64, 10)
			for _, r := range s.Train {
				a[train[r]] += 1 / float64(len(s.Train))
			}
			for _, r := range s.Test {
				b[test[r]] += 1 / float64(len(s.Test))
			}
			var d float64
			for c := range a {
				d += math.Abs(a[c]-b[c]) / 2
			}
			worst = max(worst, d)
		}
		return worst
	}
	if code, same := distance("code"), distance("matched"); same > 0.12 || code < 0.2 {
		t.Errorf("total variation from the training distribution: code %.2f, matched %.2f", code, same)
	}
}
