package eval_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
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

// The evaluator counts what a loop over single images counts, whatever a personal model is.
func TestCountsAgreeWithALoop(t *testing.T) {
	s := newSetting(t)
	everything := all(s.Test.Len())
	for name, kind := range map[string]predictor{"own": own, "residual": residual} {
		o, err := s.evaluator(kind, 2).Evaluate(t.Context(), s.state, eval.Accuracy)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "zero-shot", o.ZeroShot, s.recount(everything, nil))
		same(t, "global", o.Global, s.recount(everything, s.global()))
		pooled := metric.NewCounts(fedtest.Classes)
		for k, shard := range s.Partition.Clients {
			models := [][]float32{s.own[k]}
			switch {
			case name == "residual" && k == 0:
				models = [][]float32{s.global(), s.home.Initial}
			case name == "residual":
				models = [][]float32{s.global(), s.own[k]}
			case k == 0: // never took part: it has the global model
				models = [][]float32{s.global()}
			}
			want := s.recount(shard.Test, models...)
			pooled.Merge(want)
			sameHits(t, "personal", o.ClientPersonal[k], want.Hits())
			sameHits(t, "global on a client", o.ClientGlobal[k], s.recount(shard.Test, s.global()).Hits())
			sameHits(t, "zero-shot on a client", o.ClientZeroShot[k], s.recount(shard.Test, nil).Hits())
		}
		same(t, "pooled personal", o.Personal, pooled)
		if !math.IsNaN(o.Scores.Moved.Value(metric.TKL)) {
			t.Errorf("divergence %v was not asked for", o.Scores.Moved.Value(metric.TKL))
		}
	}
}

// Without a global model, the global figures count every client's model on every image.
func TestClientsAlone(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(alone, 1).Evaluate(t.Context(), s.state, eval.Divergence)
	if err != nil {
		t.Fatal(err)
	}
	want := metric.NewCounts(fedtest.Classes)
	for k := 1; k < clients; k++ {
		want.Merge(s.recount(all(s.Test.Len()), s.own[k]))
	}
	same(t, "global", o.Global, want)
	first := s.recount(s.Partition.Clients[0].Test, s.home.Initial).Hits()
	sameHits(t, "client 0, which never took part", o.ClientPersonal[0], first)
	if !math.IsNaN(o.Scores.Moved.Value(metric.TKL)) {
		t.Errorf("divergence of no model: %v", o.Scores.Moved.Value(metric.TKL))
	}
}

// No state is the frozen encoder: all models are the zero-shot one, and nothing diverges.
func TestZeroShot(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(residual, 2).Evaluate(t.Context(), nil, eval.Divergence)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "global", o.Global, o.ZeroShot)
	for k := range clients {
		sameHits(t, "personal", o.ClientPersonal[k], o.ClientZeroShot[k])
	}
	if o.Scores.Moved.Value(metric.TKL) != 0 {
		t.Errorf("divergence %v", o.Scores.Moved.Value(metric.TKL))
	}
}

// Workers do not show, nor do evaluations before; a client without test images is left out of the mean.
func TestWorkersAndEmptyClients(t *testing.T) {
	s := newSetting(t)
	s.Partition.Clients = append([]partition.Shard{}, s.Partition.Clients...)
	s.Partition.Clients[2].Test = nil
	e := s.evaluator(residual, 1)
	var outcomes []*eval.Outcome
	for _, workers := range []int{1, 4, 1} {
		e.Workers = workers
		o, err := e.Evaluate(t.Context(), s.state, eval.Divergence)
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, o)
	}
	text := func(i int) string { return fmt.Sprintf("%+v", *outcomes[i]) } // NaN differs from itself
	if text(0) != text(1) || text(0) != text(2) {
		t.Errorf("%+v\n%+v\n%+v", outcomes[0].Scores, outcomes[1].Scores, outcomes[2].Scores)
	}
	o := outcomes[0]
	var mean float64
	for _, k := range []int{0, 1, 3} {
		mean += o.ClientPersonal[k].Micro() / 3
	}
	if math.Abs(mean-o.Scores.Personal.Value(metric.Accuracy)) > 1e-12 || o.Scores.Moved.Value(metric.TKL) <= 0 {
		t.Errorf("personal accuracy %v, want %v; divergence %v",
			o.Scores.Personal.Value(metric.Accuracy), mean, o.Scores.Moved.Value(metric.TKL))
	}
}

func TestErrors(t *testing.T) {
	s := newSetting(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.evaluator(own, 2).Evaluate(ctx, s.state, eval.Accuracy); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Test.X.Row(3)[1] = float32(math.NaN())
	if _, err := s.evaluator(own, 2).Evaluate(t.Context(), s.state, eval.Accuracy); err == nil {
		t.Error("a feature that is not a number goes unnoticed")
	}
}

// The divergence is zero for equal predictions and for predictions that differ in temperature alone, and otherwise
// what its definition says, with temperatures found here by bisection in float64.
func TestTKL(t *testing.T) {
	entropy := func(l []float32, tau float64) (h float64, p []float64) {
		var sum float64
		for _, v := range l {
			p = append(p, math.Exp(float64(v)/tau))
			sum += p[len(p)-1]
		}
		for i := range p {
			p[i] /= sum
			h -= p[i] * math.Log(p[i])
		}
		return h, p
	}
	at := func(l []float32, target float64) []float64 {
		lo, hi := 1e-3, 1e3
		for range 200 {
			mid := (lo + hi) / 2
			if h, _ := entropy(l, mid); h < target {
				lo = mid
			} else {
				hi = mid
			}
		}
		_, p := entropy(l, lo)
		return p
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		l, z := make([]float32, 7), make([]float32, 7)
		for i := range l {
			l[i], z[i] = float32(3*rng.NormFloat64()), float32(rng.NormFloat64())
		}
		hl, _ := entropy(l, 1)
		hz, _ := entropy(z, 1)
		p, q := at(l, (hl+hz)/2), at(z, (hl+hz)/2)
		var want float64
		for c := range p {
			want += p[c] * math.Log(p[c]/q[c])
		}
		var back float64
		for c := range p {
			back += q[c] * math.Log(q[c]/p[c])
		}
		got, reverse := eval.TKL(l, z)
		if math.Abs(got-want) > 1e-4*(1+want) || math.Abs(reverse-back) > 1e-4*(1+back) {
			t.Errorf("%v and %v, want %v and %v", got, reverse, want, back)
		}
		for i := range z {
			z[i] = l[i] / 2
		}
		if got, _ := eval.TKL(l, z); math.Abs(got) > 1e-6 {
			t.Errorf("of the same prediction at half the scale: %v", got)
		}
	}
}

// Full detail agrees with loops over single images: contributions, calibration, and the divergences in closed form.
func TestFullDetail(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(residual, 2).Evaluate(t.Context(), s.state, eval.Full)
	if err != nil {
		t.Fatal(err)
	}
	softmax := func(l []float32) []float64 {
		p := make([]float64, len(l))
		lse := f32.LogSumExp(l)
		for i, v := range l {
			p[i] = math.Exp(float64(v) - lse)
		}
		return p
	}
	var kl, soft float64
	trust := metric.Reliability{}
	for r := range s.Test.Len() {
		p, q := softmax(s.logits(s.global(), r)), softmax(s.logits(nil, r))
		for c := range p {
			kl += p[c] * math.Log(p[c]/q[c])
			soft -= q[c] * math.Log(p[c])
		}
		l := s.logits(s.global(), r)
		trust.Add(p[f32.Argmax(l)], f32.Argmax(l) == int(s.Test.Y[r]))
	}
	n := float64(s.Test.Len())
	gotKL, gotSoft := o.Scores.Moved.Value("kl"), o.Scores.Moved.Value("soft_ce")
	if math.Abs(gotKL-kl/n) > 1e-5*(1+kl/n) || math.Abs(gotSoft-soft/n) > 1e-5*(1+soft/n) {
		t.Errorf("KL %v and soft cross-entropy %v, want %v and %v", gotKL, gotSoft, kl/n, soft/n)
	}
	got := metric.Pool(o.Reliability["global"], all(fedtest.Classes))
	if got.Total != trust.Total || got.Correct != trust.Correct || math.Abs(got.ECE()-trust.ECE()) > 1e-6 {
		t.Errorf("reliability %+v, want %+v", got, trust)
	}
	var right, raw int64
	for k, shard := range s.Partition.Clients {
		phi := s.own[k]
		if phi == nil {
			phi = s.home.Initial
		}
		for _, row := range shard.Test {
			g, p, y := s.logits(s.global(), row), s.logits(phi, row), s.Test.Y[row]
			sum := append([]float32{}, g...)
			f32.Axpy(1, p, sum)
			if f32.Argmax(sum) == int(y) {
				right++
				if g[y] > p[y] {
					raw++
				}
			}
		}
	}
	var gotRight, gotRaw, gotMargin int64
	for _, c := range o.Contribution {
		gotRight, gotRaw, gotMargin = gotRight+c.Right, gotRaw+c.GlobalRaw, gotMargin+c.GlobalMargin
	}
	if gotRight != right || gotRaw != raw || raw == 0 || raw == right || gotMargin == 0 || gotMargin == right {
		t.Errorf("contribution: %d right, %d by the global branch, %d by margin; want %d and %d",
			gotRight, gotRaw, gotMargin, right, raw)
	}
}

// WiSE-FT at weight 1 is zero-shot, in between it is the model at the interpolated parameters; the state stays as it
// is.
func TestWise(t *testing.T) {
	s := newSetting(t)
	before := append([]float32{}, s.global()...)
	e := s.evaluator(own, 1)
	e.Wise = 1
	o, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "at weight 1", o.Global, o.ZeroShot)
	e.Wise = 0.25
	if o, err = e.Evaluate(t.Context(), s.state, eval.Accuracy); err != nil {
		t.Fatal(err)
	}
	half := append([]float32{}, before...)
	s.module.Anchor(half)
	for i := range half {
		half[i] = float32(0.25*float64(half[i]) + 0.75*float64(before[i]))
	}
	same(t, "at weight ¼", o.Global, s.recount(all(s.Test.Len()), half))
	if !reflect.DeepEqual(before, s.global()) {
		t.Error("evaluation changed the state")
	}
}

// What is subtracted from the logits moves predictions away from its class.
func TestSubtract(t *testing.T) {
	s := newSetting(t)
	e := s.evaluator(residual, 1)
	e.Subtract = make([]float32, fedtest.Classes)
	e.Subtract[2] = 1e6
	o, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if o.Global.Predicted[2] != 0 || o.Personal.Predicted[2] != 0 || o.ZeroShot.Predicted[2] == 0 {
		t.Errorf("class 2 is predicted %d, %d and zero-shot %d times",
			o.Global.Predicted[2], o.Personal.Predicted[2], o.ZeroShot.Predicted[2])
	}
}

// A client that starts from the global model has it twice before it ever took part.
func TestStartFromGlobal(t *testing.T) {
	s := newSetting(t)
	twice := predictor{global: fed.Simple{}.Global, personal: func(c *fed.Client, shared fed.Message) fed.Model {
		return fed.Model{fed.Of(shared["phi"]), c.Own("phi", shared["phi"])}
	}}
	o, err := s.evaluator(twice, 1).Evaluate(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	want := s.recount(s.Partition.Clients[0].Test, s.global(), s.global()).Hits()
	sameHits(t, "client 0", o.ClientPersonal[0], want)
}

// Models whose parts have weights, or are made of copies, predict with the sum of the logits that they say.
func TestWeights(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(mixture, 2).Evaluate(t.Context(), s.state, eval.Full)
	if err != nil {
		t.Fatal(err)
	}
	for k, shard := range s.Partition.Clients {
		phi := s.own[k]
		if phi == nil {
			phi = s.home.Initial
		}
		want := metric.NewCounts(fedtest.Classes)
		for _, r := range shard.Test {
			sum := s.logits(s.global(), r)
			f32.Scale(0.3, sum)
			f32.Axpy(0.7, s.logits(phi, r), sum)
			want.Add(int(s.Test.Y[r]), f32.Argmax(sum))
		}
		sameHits(t, fmt.Sprint("client ", k), o.ClientPersonal[k], want.Hits())
	}
	if o.Contribution != nil {
		t.Error("a mixture has no branch that decides")
	}
}

// Logits of the clients' own parameters are kept between evaluations until the parameters change; no evaluation may
// notice.
func TestKeptLogits(t *testing.T) {
	for _, kind := range []predictor{own, residual, mixture, alone} {
		s := newSetting(t)
		e := s.evaluator(kind, 2)
		check := func(what string) {
			t.Helper()
			got, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
			if err != nil {
				t.Fatal(err)
			}
			want, err := s.evaluator(kind, 2).Evaluate(t.Context(), s.state, eval.Accuracy)
			if err != nil {
				t.Fatal(err)
			}
			for k := range s.Partition.Clients {
				sameHits(t, fmt.Sprint(what, ", client ", k), got.ClientPersonal[k], want.ClientPersonal[k])
			}
		}
		check("first")
		check("again")
		s.keep(t, 1, s.home.Initial)
		check("staged")
		s.home.Kept.Rollback()
		check("rolled back")
		s.keep(t, 0, s.own[2]) // it had none
		s.home.Kept.Commit()
		check("committed")
		s.state.Shared = fed.Message{"phi": s.own[1]}
		check("another global model")
	}
}
