package partition

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

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
