package train

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// FedLC is logits calibration (Zhang et al., ICML 2022): classes of which the client has few samples n_c have to win by
// a larger margin, with  a_c = ℓ_c − τ n_c^(−1/4),
//
//	softmax  L = −log( e^{a_y} / Σ_c e^{a_c} ), what public code does
//	paper    L = −log( e^{a_y} / Σ_{c≠y} e^{a_c} ), which has no lower bound: the own class is always pulled at
//
// A class that the client lacks has a_c = −∞: no share, and exactly no gradient, so that clients do not push down what
// they do not know.
//
// The authors' code is not public. That of PFLlib counts over all clients and gives everybody the same margins; then no
// class is ever absent, nothing is calibrated for the client, and counts have to be sent. Here they are the client's.
type FedLC struct {
	Tau  float64 `json:"lc_tau" usage:"τ of FedLC's margins, CE(ℓ − τ n^(−¼))"`
	Form string  `json:"lc_form" usage:"FedLC's denominator: softmax (all classes) or paper (without the own one)"`
}

// FedLCForms are the values of its form.
var FedLCForms = []string{"paper", "softmax"}

// Validate reports the first option out of range.
func (o FedLC) Validate() error {
	switch {
	case !(o.Tau >= 0) || math.IsInf(o.Tau, 0):
		return fault.Usagef("train: FedLC's τ %v must not be negative", o.Tau)
	case !slices.Contains(FedLCForms, o.Form):
		return fault.Unknown("train: unknown form of FedLC", o.Form, FedLCForms)
	}
	return nil
}

// margins are what logits lose, and which classes the client lacks.
type margins struct {
	subtract []float32 // −τ n_c^(−1/4), −∞ for absent classes
	absent   []int
}

func (o FedLC) open(w Owner) Loss {
	m := margins{subtract: make([]float32, len(w.Counts))}
	for c, n := range w.Counts {
		if n == 0 {
			m.subtract[c], m.absent = float32(math.Inf(-1)), append(m.absent, c)
		} else {
			m.subtract[c] = float32(-o.Tau * math.Pow(float64(n), -0.25))
		}
	}
	if o.Form == "paper" {
		return m.rivals
	}
	return m.softmax
}

func (m margins) softmax(dlogits, logits f32.Matrix, y []int32) float64 {
	m.apply(dlogits, logits, y)
	loss := crossEntropy(dlogits, dlogits, y, 1)
	m.silence(dlogits)
	return loss
}

// rivals is the paper's form,  L = (1/B) Σ_i [ log Σ_{c≠y} e^{a_c} − a_y ],  δ = (q − e_y)/B  with the softmax q of the
// other classes. A client of a single class has no others: no loss, no gradient.
func (m margins) rivals(dlogits, logits f32.Matrix, y []int32) float64 {
	m.apply(dlogits, logits, y)
	if len(m.absent) == len(m.subtract)-1 {
		clear(dlogits.Data)
		return 0
	}
	var sum float64
	for i := range dlogits.Rows {
		d := dlogits.Row(i)
		own := d[y[i]]
		d[y[i]] = float32(math.Inf(-1))
		sum += f32.Softmax(d, d) - float64(own)
		d[y[i]] = -1
		f32.Scale(1/float32(dlogits.Rows), d)
	}
	m.silence(dlogits)
	return sum / float64(dlogits.Rows)
}

// apply performs dlogits = a. A label that the client has no sample of is misuse.
func (m margins) apply(dlogits, logits f32.Matrix, y []int32) {
	same(dlogits, logits)
	for _, c := range y {
		if math.IsInf(float64(m.subtract[c]), -1) {
			panic("train: FedLC: a sample of a class that the client has no sample of")
		}
	}
	copy(dlogits.Data, logits.Data)
	f32.AddRow(dlogits, m.subtract)
}

// silence makes the gradient of absent classes exactly zero: a softmax of kernels never is.
func (m margins) silence(dlogits f32.Matrix) {
	for i := range dlogits.Rows {
		for _, c := range m.absent {
			dlogits.Row(i)[c] = 0
		}
	}
}
