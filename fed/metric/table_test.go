package metric

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the table in README.md")

// view counts n random predictions of four classes by three clients, of whom one has no test images.
func view(rng *rand.Rand, n int) View {
	v := View{
		Counts: NewCounts(4), Clients: make([]Hits, 3), Groups: Groups([]int{200, 50, 50, 5}), Balance: DefaultBalance,
	}
	for range n {
		y, p := rng.IntN(4), rng.IntN(4)
		v.Add(y, p)
		h := &v.Clients[rng.IntN(2)]
		h.Total++
		if y == p {
			h.Correct++
		}
		v.Moved.Merge(Divergence{rng.Float64(), rng.Float64(), rng.Float64(), rng.Float64(), 1})
	}
	return v
}

// values are the numbers of a metric for a view.
func (m Metric) values(v View) []float64 {
	e := m.entry(v)
	if m.PerGroup {
		return e.Groups
	}
	return []float64{e.Value}
}

// Every row says what it is, has a key of its own, is NaN where nothing was counted, and keeps to its range.
func TestEveryMetric(t *testing.T) {
	key := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	if err := All().Check(); err != nil {
		t.Error(err)
	}
	headings := map[string]bool{}
	for _, m := range All() {
		t.Run(m.Name, func(t *testing.T) {
			if !key.MatchString(m.Name) || strings.HasSuffix(m.Doc, ".") {
				t.Errorf("key %q, doc %q", m.Name, m.Doc)
			}
			if m.Unit != Share && m.Unit != Nats && m.Unit != Plain {
				t.Errorf("unit %q", m.Unit)
			}
			if m.Better != Higher && m.Better != Lower && m.Better != Neither {
				t.Errorf("direction %q", m.Better)
			}
			for model, h := range m.Headings {
				if m.PerGroup != strings.Contains(h, "{group}") || headings[h] ||
					m.Scope == FromZeroShot && model != Global {
					t.Errorf("heading %q of model %s", h, model)
				}
				headings[h] = true
			}
			usual, found := All().Find(m.ReleaseOf)
			if m.ReleaseOf != "" && (!found || usual.PerGroup != m.PerGroup) {
				t.Errorf("it stands for %q", m.ReleaseOf)
			}
			m.conforms(t)
		})
	}
}

// A row that a program adds must be complete, and its key free.
func TestTableCheck(t *testing.T) {
	good := Metric{Name: "new", Quantity: "q", Doc: "d", Scope: OfModels, Of: accuracy}
	if err := append(All(), good).Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Metric){
		"no name":        func(m *Metric) { m.Name = "" },
		"no doc":         func(m *Metric) { m.Doc = "" },
		"no quantity":    func(m *Metric) { m.Quantity = "" },
		"nothing to do":  func(m *Metric) { m.Of = nil },
		"no scope":       func(m *Metric) { m.Scope = "" },
		"another's key":  func(m *Metric) { m.Name = TKL },
		"another's name": func(m *Metric) { m.Alias = "accuracy" },
		"a model's key":  func(m *Metric) { m.Name = string(OnLocal) },
		"groups of KL":   func(m *Metric) { m.Scope, m.PerGroup = FromZeroShot, true },
		"clients and KL": func(m *Metric) { m.Scope, m.Clients = FromZeroShot, true },
	} {
		m := good
		spoil(&m)
		if append(All(), m).Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// conforms checks the values of a metric on nothing, and on random counts with and without clients.
func (m Metric) conforms(t *testing.T) {
	for _, v := range m.values(View{Counts: NewCounts(4), Clients: make([]Hits, 3), Groups: Groups(make([]int, 4))}) {
		same(t, "value of nothing", v, math.NaN())
	}
	rng := rand.New(rand.NewPCG(8, 9))
	for range 50 {
		v := view(rng, 1+rng.IntN(40))
		for _, x := range m.values(v) {
			if m.Unit == Share && !math.IsNaN(x) && !(x >= 0 && x <= 1) || m.Unit == Nats && !(x >= 0) {
				t.Errorf("value %v %s", x, m.Unit)
			}
		}
		v.Clients = nil
		for _, x := range m.values(v) {
			if m.Clients && !math.IsNaN(x) {
				t.Errorf("value %v without clients", x)
			}
		}
	}
}

// A direction has a winner, or none.
func TestDirections(t *testing.T) {
	for _, k := range []struct {
		d    Direction
		a, b float64
		want bool
	}{
		{Higher, 2, 1, true}, {Higher, 1, 2, false}, {Higher, 1, 1, false}, {Higher, math.NaN(), 1, false},
		{Lower, 1, 2, true}, {Lower, 2, 1, false}, {Neither, 1, 2, false}, {Neither, 2, 1, false},
	} {
		if k.d.Beats(k.a, k.b) != k.want {
			t.Errorf("%s: %v beats %v", k.d, k.a, k.b)
		}
	}
}

// The README's table is the program's.
func TestReadme(t *testing.T) {
	var b strings.Builder
	b.WriteString("| key | of | definition | unit | better |\n|---|---|---|---|---|\n")
	for _, m := range All() {
		of := string(m.Scope)
		if m.Clients {
			of += " on clients"
		}
		doc := strings.ReplaceAll(m.Doc, "|", `\|`)
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Name, of, doc, m.Unit, m.Better)
	}
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(data), "<!-- metrics -->\n")
	_, after, found := strings.Cut(rest, "<!-- end -->\n")
	if !found {
		t.Fatal("README.md has no place for the table")
	}
	want := before + "<!-- metrics -->\n" + b.String() + "<!-- end -->\n" + after
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(data) {
		t.Error("README.md does not show the table of metrics; run this test with -update")
	}
}
