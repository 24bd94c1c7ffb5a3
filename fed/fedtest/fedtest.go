// Package fedtest is a small problem for tests of federated learning: features in memory, a long tail, a frozen
// classifier that is right often but not always, and shards for any number of clients. It is a function of the number
// of clients only, so that tests can compare runs bit by bit.
package fedtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// The size of the problem. An imbalance factor of 10 keeps 395 of the 960 training rows.
const (
	Classes   = 8
	Dim       = 16
	PerTrain  = 120
	PerTest   = 20
	Imbalance = 10
	Seed      = seed.Root(7)
)

// Memory is a split of features in memory. It is safe for concurrent use as long as nobody writes to it.
type Memory struct {
	X f32.Matrix
	Y []int32
}

var _ fed.Source = (*Memory)(nil)

// Len is the number of rows.
func (m *Memory) Len() int { return m.X.Rows }

// Dim is the number of features.
func (m *Memory) Dim() int { return m.X.Cols }

// Labels are the classes of all rows.
func (m *Memory) Labels() []int32 { return m.Y }

// Gather copies rows and refuses those that are not finite, as a cache does.
func (m *Memory) Gather(dst f32.Matrix, rows []int) error {
	if dst.Rows != len(rows) || dst.Cols != m.X.Cols {
		panic("fedtest: Gather: shapes do not fit")
	}
	for i, r := range rows {
		copy(dst.Row(i), m.X.Row(r))
		if !f32.Finite(dst.Row(i)) {
			return fmt.Errorf("fedtest: row %d is not finite", r)
		}
	}
	return nil
}

// Problem is everything that a run needs beside a method.
type Problem struct {
	Train, Test *Memory
	Head        peft.Head
	Partition   *partition.Partition
	Groups      []metric.Group
}

// New builds the problem for a number of clients, divided by label-Dirichlet with β = 1. Features are Gaussian around
// class directions; the classifier's directions are those with noise, so there is something to learn.
func New(t testing.TB, clients int) *Problem {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	gauss := func(rows int, scale float64) f32.Matrix {
		m := f32.New(rows, Dim)
		for i := range m.Data {
			m.Data[i] = float32(scale * rng.NormFloat64())
		}
		return m
	}
	centre, text := gauss(Classes, 1), gauss(Classes, 0.9)
	f32.Axpy(1, centre.Data, text.Data)
	for c := range Classes {
		f32.Normalize(text.Row(c), text.Row(c))
	}
	split := func(per int) *Memory {
		m := &Memory{gauss(Classes*per, 1.2), make([]int32, Classes*per)}
		for i := range m.Y {
			c := i % Classes
			m.Y[i] = int32(c)
			f32.Axpy(1, centre.Row(c), m.X.Row(i))
		}
		return m
	}
	p := &Problem{Train: split(PerTrain), Test: split(PerTest), Head: peft.Head{Text: text, Scale: 10}}
	o := partition.Default()
	o.Clients, o.Seed = clients, uint64(Seed)
	o.Tail.(*partition.Exponential).Imbalance = Imbalance
	p.Head.Inside = &peft.Inside{Text: towers{rng}.text()}
	var err error
	if p.Partition, err = partition.Make(p.Train.Y, p.Test.Y, Classes, o); err != nil {
		t.Fatal(err)
	}
	p.Groups = metric.Groups(p.Partition.Counts)
	return p
}

// Module builds a module on the problem's head, its low ranks and widths small.
func (p *Problem) Module(t testing.TB, name string) peft.Module {
	t.Helper()
	e, err := peft.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	o := e.Options
	switch small := o.(type) {
	case peft.LowRank:
		small.Rank, small.Alpha = 4, 8
		o = small
	case peft.TextLowRank:
		small.Rank, small.Alpha = 4, 8
		o = small
	case peft.Adapter:
		small.Hidden = 16
		o = small
	case peft.Prompt:
		small.Tokens = 2
		o = small
	case peft.VisionLowRank:
		small.Rank, small.Alpha, small.Blocks = 4, 8, p.Head.Inside.Vision.Blocks
		o = small
	}
	m, err := peft.New(name, p.Head, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Modules are the names of the modules that run on the problem: those on embeddings, prompts among them.
func Modules() []string {
	var names []string
	for _, e := range peft.Modules {
		if !e.Projects && e.Inside != peft.ImageSided {
			names = append(names, e.Name)
		}
	}
	return names
}

// Home is where the problem's clients live.
func (p *Problem) Home(module peft.Module) *fed.Home {
	return fed.NewHome(module, p.Head, p.Train, p.Partition.Clients, Seed)
}

// Rates suit the problem.
var Rates = peft.Entry{LR: 0.02, PersonalLR: 0.05}

// Method builds a method of the table with options that suit the problem: batches of 8, and those in a JSON object,
// such as {"purify_lambda": 0}.
func Method(t testing.TB, name string, options ...string) method.Method {
	t.Helper()
	e, err := method.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	m := e.New(Rates)
	for _, o := range append([]string{`{"batch": 8}`}, options...) {
		if err := json.Unmarshal([]byte(o), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}
