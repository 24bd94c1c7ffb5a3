package eval_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

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
