package method_test

import (
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/method/generic"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
)

// With α = 0, FedDyn's first round is the plain mean of plain SGD, as SCAFFOLD's is before there is a control variate,
// bit for bit; the second sets out from elsewhere.
func TestFedDynWithoutAlphaBeginsAsAMean(t *testing.T) {
	p := fedtest.New(t, 5)
	of := func(name string, rounds int, options ...string) []float32 {
		return phi(run(t, p, "lora-head", fedtest.Method(t, name, options...), rounds, 0.6))
	}
	if a, b := of("feddyn", 1, `{"dyn_alpha": 0}`), of("scaffold", 1); !slices.Equal(a, b) {
		t.Errorf("the first round is %v away from the mean", f32.Distance(a, b))
	}
	if slices.Equal(of("feddyn", 2, `{"dyn_alpha": 0}`), of("scaffold", 2, `{"server_lr": 1}`)) {
		t.Error("what clients have moved makes no difference")
	}
}

// The server's sum is the mean of all d_k, of those that own training data, whoever took part; and what is sent and
// answered is the parameters, with n̄ where that is read.
func TestFedDynKeepsTheMean(t *testing.T) {
	p := fedtest.New(t, 5)
	p.Partition.Clients = append(p.Partition.Clients, partition.Shard{}) // which never takes part
	for options, extra := range map[string]int{`{}`: 1, `{"dyn_by_size": false}`: 0} {
		o := run(t, p, "gate", fedtest.Method(t, "feddyn", options), 5, 0.6)
		sum := make([]float64, len(phi(o)))
		for _, moved := range o.Kept["moved"] {
			if moved != nil {
				f32.Weigh(1.0/5, moved, sum)
			}
		}
		mean := make([]float32, len(sum))
		for i, v := range sum {
			mean[i] = float32(v)
		}
		if d := f32.Distance(mean, o.State.Own["moved"]); d > 1e-6*f32.Norm(mean) || f32.Norm(mean) == 0 {
			t.Errorf("%s: the server's sum is %v off the mean of all d_k, of length %v", options, d, f32.Norm(mean))
		}
		for _, rec := range o.Records {
			if want := int64(len(rec.Cohort) * (2*len(mean) + extra)); rec.Floats != want {
				t.Errorf("%s: %d floats, want %d", options, rec.Floats, want)
			}
		}
	}
}

// A client of fewer samples is held nearer, by n̄/n_k.
func TestFedDynWeighsBySize(t *testing.T) {
	p := fedtest.New(t, 2)
	few, many := p.Partition.Clients[0].Train, p.Partition.Clients[1].Train
	if len(few) == len(many) {
		t.Fatal("the clients are equally large")
	}
	mean := float64(len(few)+len(many)) / 2
	weighed := run(t, p, "linear", fedtest.Method(t, "feddyn", `{"dyn_alpha": 0.5}`), 1, 1)
	for k, shard := range p.Partition.Clients {
		m := fedtest.Method(t, "feddyn", `{"dyn_by_size": false}`)
		m.(*generic.FedDyn).Alpha = 0.5 * mean / float64(len(shard.Train))
		own := run(t, p, "linear", m, 1, 1).Kept["phi"][k]
		if d := f32.Distance(own, weighed.Kept["phi"][k]); d > 1e-6*f32.Norm(own) {
			t.Errorf("client %d is %v away from one with α n̄/n_k", k, d)
		}
	}
}
