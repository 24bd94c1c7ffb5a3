package partition

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

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

// Draws in logarithms leave partitions at usual concentrations as they were, to the last row.
func TestUsualConcentrationsKeepTheirRows(t *testing.T) {
	train, test := balanced(20, 60), balanced(20, 12)
	for kind, want := range map[string]string{
		"dirichlet": "0897f9f354397d83", "pachinko": "1ffea987e5abc6a7", "pachinko-pooled": "9ea1905753f2f60d",
	} {
		sum := sha256.New()
		for _, beta := range []float64{0.01, 0.05, 0.1, 0.2, 0.5, 1, 10, 1000} {
			for _, clients := range []int{5, 20} {
				for s := range uint64(5) {
					o := complete(options(kind, clients, 10, beta, s), train, 20)
					data, err := json.Marshal(mustMake(t, train, test, 20, o).Clients)
					if err != nil {
						t.Fatal(err)
					}
					sum.Write(data)
				}
			}
		}
		if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != want {
			t.Errorf("%s: hash %s, was %s", kind, got, want)
		}
	}
}
