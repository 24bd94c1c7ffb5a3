package eval_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

const clients = 4

// setting is a problem with a state in which every model differs; client 0 never took part.
type setting struct {
	*fedtest.Problem
	module peft.Module
	home   *fed.Home
	state  *fed.State
	own    [][]float32 // what the clients keep
}

func newSetting(t *testing.T) setting {
	p := fedtest.New(t, clients)
	m := p.Module(t, "gate")
	home := p.Home(m)
	rng := rand.New(rand.NewPCG(5, 6))
	other := func() []float32 {
		phi := make([]float32, len(home.Initial))
		for i := range phi {
			phi[i] = home.Initial[i] + 0.4*float32(rng.NormFloat64())
		}
		return phi
	}
	s := setting{p, m, home, nil, make([][]float32, clients)}
	for k := 1; k < clients; k++ {
		s.own[k] = other()
		s.keep(t, k, s.own[k])
	}
	home.Kept.Commit()
	s.state = &fed.State{Shared: fed.Message{"phi": other()}}
	return s
}

func (s setting) keep(t *testing.T, k int, phi []float32) {
	t.Helper()
	if err := s.home.Kept.Put("phi", k, phi); err != nil {
		t.Fatal(err)
	}
}

func (s setting) global() []float32 { return s.state.Shared["phi"] }

// predictor is a method that only predicts.
type predictor struct {
	fed.Method
	global   func(shared fed.Message) fed.Model
	personal func(c *fed.Client, shared fed.Message) fed.Model
}

func (p predictor) Global(shared fed.Message) fed.Model { return p.global(shared) }

func (p predictor) Personal(c *fed.Client, shared fed.Message) fed.Model {
	return p.personal(c, shared)
}

// The ways in which methods predict: with parameters of the client's own or the global ones; with the global model and
// a branch of the client's own; without a global model; with a mixture whose weights differ.
var (
	own      = predictor{global: fed.Simple{}.Global, personal: fed.Simple{}.Personal}
	residual = predictor{global: fed.Simple{}.Global, personal: func(c *fed.Client, shared fed.Message) fed.Model {
		return fed.Model{fed.Of(shared["phi"]), c.Own("phi", c.Initial())}
	}}
	alone = predictor{
		global:   func(fed.Message) fed.Model { return nil },
		personal: func(c *fed.Client, _ fed.Message) fed.Model { return fed.Model{c.Own("phi", c.Initial())} },
	}
	mixture = predictor{global: fed.Simple{}.Global, personal: func(c *fed.Client, shared fed.Message) fed.Model {
		return fed.Model{fed.Of(shared["phi"]).Times(0.3), fed.Of(c.Kept("phi", c.Initial())).Times(0.7)}
	}}
)

func (s setting) evaluator(m fed.Method, workers int) *eval.Evaluator {
	e := &eval.Evaluator{
		Module: s.module, Head: s.Head, Test: s.Test, Method: m, Home: func(int) *fed.Home { return s.home },
		Groups: s.Groups, Balance: metric.Balance{Sigma: 0.1, Power: 1}, Workers: workers,
	}
	e.Prepare(s.Partition.Clients)
	return e
}

// logits runs a module on one test row at a time.
func (s setting) logits(phi []float32, row int) []float32 {
	x := f32.New(1, s.Test.Dim())
	copy(x.Row(0), s.Test.X.Row(row))
	if phi == nil {
		return s.Head.ZeroShot(nil, x).Row(0)
	}
	return s.module.At(nil, phi).Forward(nil, x, nil).Logits().Row(0)
}

// recount predicts the rows one by one with the sum of the models' logits.
func (s setting) recount(rows []int, models ...[]float32) metric.Counts {
	c := metric.NewCounts(fedtest.Classes)
	for _, r := range rows {
		sum := make([]float32, fedtest.Classes)
		for _, phi := range models {
			f32.Axpy(1, s.logits(phi, r), sum)
		}
		c.Add(int(s.Test.Y[r]), f32.Argmax(sum))
	}
	return c
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func same(t *testing.T, what string, got, want metric.Counts) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func sameHits(t *testing.T, what string, got, want metric.Hits) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// sameRows compares rows that are right with what was counted of them, class by class.
func (s setting) sameRows(t *testing.T, what string, right metric.Rows, counted metric.Counts) {
	t.Helper()
	correct := make([]int64, fedtest.Classes)
	for r, y := range s.Test.Y {
		if right.Has(r) {
			correct[y]++
		}
	}
	if !reflect.DeepEqual(correct, counted.Correct) {
		t.Errorf("%s: right are %v, counted %v", what, correct, counted.Correct)
	}
}
