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
	module  peft.Module
	initial []float32
	state   *fed.State
	own     [][]float32 // the state's personal parameters
}

func newSetting(t *testing.T) setting {
	p := fedtest.New(t, clients)
	m := p.Module(t, "gate")
	initial := p.Env(t.Context(), m, 1).Initial
	rng := rand.New(rand.NewPCG(5, 6))
	other := func() []float32 {
		phi := make([]float32, len(initial))
		for i := range phi {
			phi[i] = initial[i] + 0.4*float32(rng.NormFloat64())
		}
		return phi
	}
	own := make([][]float32, clients)
	for k := 1; k < clients; k++ {
		own[k] = other()
	}
	s := &fed.State{Global: other(), Personal: fed.VectorsOf(own)}
	return setting{p, m, initial, s, own}
}

func (s setting) evaluator(kind fed.Personal, averages bool, workers int) *eval.Evaluator {
	e := &eval.Evaluator{
		Module: s.module, Head: s.Head, Test: s.Test, Personal: kind, Averages: averages,
		Groups: s.Groups, Balance: metric.Balance{Sigma: 0.1, Power: 1}, Workers: workers, Start: s.initial,
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
	out, _ := s.module.Forward(nil, phi, x)
	return out.Row(0)
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
	for _, kind := range []fed.Personal{fed.PersonalOwn, fed.PersonalResidual} {
		o, err := s.evaluator(kind, true, 2).Evaluate(t.Context(), s.state, eval.Accuracy)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "zero-shot", o.ZeroShot, s.recount(everything, nil))
		same(t, "global", o.Global, s.recount(everything, s.state.Global))
		pooled := metric.NewCounts(fedtest.Classes)
		for k, shard := range s.Partition.Clients {
			models := [][]float32{s.own[k]}
			switch {
			case kind == fed.PersonalResidual && k == 0:
				models = [][]float32{s.state.Global, s.initial}
			case kind == fed.PersonalResidual:
				models = [][]float32{s.state.Global, s.own[k]}
			case k == 0: // never took part: it has the global model
				models = [][]float32{s.state.Global}
			}
			want := s.recount(shard.Test, models...)
			pooled.Merge(want)
			sameHits(t, "personal", o.ClientPersonal[k], want.Hits())
			sameHits(t, "global on a client", o.ClientGlobal[k], s.recount(shard.Test, s.state.Global).Hits())
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
	o, err := s.evaluator(fed.PersonalOwn, false, 1).Evaluate(t.Context(), s.state, eval.Divergence)
	if err != nil {
		t.Fatal(err)
	}
	want := metric.NewCounts(fedtest.Classes)
	for k := 1; k < clients; k++ {
		want.Merge(s.recount(all(s.Test.Len()), s.own[k]))
	}
	same(t, "global", o.Global, want)
	sameHits(t, "client 0, which never took part", o.ClientPersonal[0], s.recount(s.Partition.Clients[0].Test, s.initial).Hits())
	if !math.IsNaN(o.Scores.Moved.Value(metric.TKL)) {
		t.Errorf("divergence of no model: %v", o.Scores.Moved.Value(metric.TKL))
	}
}

// No state is the frozen encoder: all models are the zero-shot one, and nothing diverges.
func TestZeroShot(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(fed.PersonalResidual, true, 2).Evaluate(t.Context(), nil, eval.Divergence)
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
	e := s.evaluator(fed.PersonalResidual, true, 1)
	var outcomes []*eval.Outcome
	for _, workers := range []int{1, 4, 1} {
		e.Workers = workers
		o, err := e.Evaluate(t.Context(), s.state, eval.Divergence)
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, o)
	}
	if text := fmt.Sprintf("%+v", *outcomes[0]); text != fmt.Sprintf("%+v", *outcomes[1]) || text != fmt.Sprintf("%+v", *outcomes[2]) { // as text: NaN differs from itself
		t.Errorf("%+v\n%+v\n%+v", outcomes[0].Scores, outcomes[1].Scores, outcomes[2].Scores)
	}
	o := outcomes[0]
	var mean float64
	for _, k := range []int{0, 1, 3} {
		mean += o.ClientPersonal[k].Micro() / 3
	}
	if math.Abs(mean-o.Scores.Personal.Value(metric.Accuracy)) > 1e-12 || o.Scores.Moved.Value(metric.TKL) <= 0 {
		t.Errorf("personal accuracy %v, want %v; divergence %v", o.Scores.Personal.Value(metric.Accuracy), mean, o.Scores.Moved.Value(metric.TKL))
	}
}

func TestErrors(t *testing.T) {
	s := newSetting(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.evaluator(fed.PersonalOwn, true, 2).Evaluate(ctx, s.state, eval.Accuracy); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Test.X.Row(3)[1] = float32(math.NaN())
	if _, err := s.evaluator(fed.PersonalOwn, true, 2).Evaluate(t.Context(), s.state, eval.Accuracy); err == nil {
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
		if got, reverse := eval.TKL(l, z); math.Abs(got-want) > 1e-4*(1+want) || math.Abs(reverse-back) > 1e-4*(1+back) {
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
	o, err := s.evaluator(fed.PersonalResidual, true, 2).Evaluate(t.Context(), s.state, eval.Full)
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
		p, q := softmax(s.logits(s.state.Global, r)), softmax(s.logits(nil, r))
		for c := range p {
			kl += p[c] * math.Log(p[c]/q[c])
			soft -= q[c] * math.Log(p[c])
		}
		l := s.logits(s.state.Global, r)
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
			phi = s.initial
		}
		for _, row := range shard.Test {
			g, p, y := s.logits(s.state.Global, row), s.logits(phi, row), s.Test.Y[row]
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
		t.Errorf("contribution: %d right, %d by the global branch, %d by margin; want %d and %d", gotRight, gotRaw, gotMargin, right, raw)
	}
}

// WiSE-FT at weight 1 is zero-shot, in between it is the model at the interpolated parameters; the state stays as it is.
func TestWise(t *testing.T) {
	s := newSetting(t)
	before := append([]float32{}, s.state.Global...)
	e := s.evaluator(fed.PersonalOwn, true, 1)
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
	if !reflect.DeepEqual(before, s.state.Global) {
		t.Error("evaluation changed the state")
	}
}

// What is subtracted from the logits moves predictions away from its class.
func TestSubtract(t *testing.T) {
	s := newSetting(t)
	e := s.evaluator(fed.PersonalResidual, true, 1)
	e.Subtract = make([]float32, fedtest.Classes)
	e.Subtract[2] = 1e6
	o, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if o.Global.Predicted[2] != 0 || o.Personal.Predicted[2] != 0 || o.ZeroShot.Predicted[2] == 0 {
		t.Errorf("class 2 is predicted %d, %d and zero-shot %d times", o.Global.Predicted[2], o.Personal.Predicted[2], o.ZeroShot.Predicted[2])
	}
}

// A client that starts from the global model has it twice before it ever took part.
func TestStartFromGlobal(t *testing.T) {
	s := newSetting(t)
	e := s.evaluator(fed.PersonalResidual, true, 1)
	e.Start = nil
	o, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	sameHits(t, "client 0", o.ClientPersonal[0], s.recount(s.Partition.Clients[0].Test, s.state.Global, s.state.Global).Hits())
}

// Logits of the clients' own parameters are kept between evaluations until the parameters change; no evaluation may notice.
func TestKeptLogits(t *testing.T) {
	s := newSetting(t)
	for _, kind := range []fed.Personal{fed.PersonalOwn, fed.PersonalResidual} {
		e := s.evaluator(kind, true, 2)
		check := func(what string) {
			t.Helper()
			got, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
			if err != nil {
				t.Fatal(err)
			}
			want, err := s.evaluator(kind, true, 2).Evaluate(t.Context(), s.state, eval.Accuracy)
			if err != nil {
				t.Fatal(err)
			}
			for k := range s.Partition.Clients {
				sameHits(t, fmt.Sprint(what, ", client ", k), got.ClientPersonal[k], want.ClientPersonal[k])
			}
		}
		check("first")
		check("again")
		if err := s.state.Personal.Put(1, s.initial); err != nil {
			t.Fatal(err)
		}
		check("staged")
		s.state.Personal.Rollback()
		check("rolled back")
		if err := s.state.Personal.Put(0, s.own[2]); err != nil { // it had none
			t.Fatal(err)
		}
		s.state.Personal.Commit()
		check("committed")
		s.state.Global = s.own[1]
		check("another global model")
	}
}
