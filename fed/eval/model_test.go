package eval_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

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
