package partition

import (
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

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
