package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
)

// A client of FedCLIP learns from batches alone that hold two images; the server takes the plain mean of whoever is in
// the cohort, however many samples it has.
func TestFedCLIP(t *testing.T) {
	p := fedtest.New(t, 3)
	p.Partition.Clients[2].Train = p.Partition.Clients[2].Train[:9] // with a batch of one in the end
	home := p.Home(p.Module(t, "gate"))
	m := fedtest.Method(t, "fedclip", `{"lr": 0.01}`)
	o := fedtest.MustRun(t, home, fed.Plan{Method: m, Rounds: 1, Workers: 2})
	mean := make([]float32, len(home.Initial))
	for k, own := range o.Kept["phi"] {
		f32.Axpy(1.0/3, own, mean)
		if slices.Equal(own, home.Initial) {
			t.Errorf("client %d has learned nothing", k)
		}
	}
	if d := f32.Distance(mean, phi(o)); d > 1e-6*f32.Norm(mean) {
		t.Errorf("the global model is %v away from the plain mean", d)
	}
	p.Partition.Clients[2].Train = p.Partition.Clients[2].Train[:1]
	alone := run(t, p, "gate", m, 1, 1).Kept["phi"][2]
	if !slices.Equal(alone, home.Initial) {
		t.Error("a client learns from a batch of one image")
	}
}

// Any method can wear CLIP's loss: worn by FedAvg, it is another one than the cross-entropy, and brings images to
// their texts.
func TestInBatchIsWorn(t *testing.T) {
	p := fedtest.New(t, 3)
	entry, err := train.FindLoss("inbatch")
	if err != nil {
		t.Fatal(err)
	}
	right := func(loss fed.Loss, rounds int) (n int, phi []float32) {
		home := p.Home(p.Module(t, "linear"))
		home.Loss = loss
		o := fedtest.MustRun(t, home, fed.Plan{Method: fedtest.Method(t, "fedavg"), Rounds: rounds, Workers: 2})
		phi = o.State.Shared["phi"]
		logits := p.Module(t, "linear").At(nil, phi).Forward(nil, p.Test.X, nil).Logits()
		for i, y := range p.Test.Y {
			if f32.Argmax(logits.Row(i)) == int(y) {
				n++
			}
		}
		return n, phi
	}
	zero := 0
	for i, y := range p.Test.Y {
		if f32.Argmax(p.Head.ZeroShot(nil, p.Test.X).Row(i)) == int(y) {
			zero++
		}
	}
	worn, a := right(fed.Loss{LossEntry: entry}, 10)
	_, b := right(fed.Loss{}, 10)
	if worn <= zero || slices.Equal(a, b) {
		t.Errorf("%d test images are right, %d zero-shot; the model is that of the cross-entropy: %v",
			worn, zero, slices.Equal(a, b))
	}
}
