package lowrank

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/frame"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// FedEx is FedEx-LoRA (Singhal et al., ACL 2025): both factors are averaged, and what the product of the means lacks of
// the mean of the products goes into the frozen map, so that the average is exact. The server keeps it as a dense
// residue R, which is sent with the factors: D·E numbers to every client, and a product with R in every step.
//
// The mean is the plain one, as in the release (RaghavSinghal10/fedex-lora, fed_agg.py). That adds the residue to the
// frozen weights of each layer; here they stay as they are, and R lies beside them.
type FedEx struct{ frame.FedAvg }

// NewFedEx is FedEx-LoRA with its defaults for a module.
func NewFedEx(m peft.Entry) *FedEx { return &FedEx{*frame.NewFedAvg(m)} }

// Fits reports a module that is no low-rank update with room for a residue.
func (FedEx) Fits(module peft.Module) error {
	return frame.Needs(module, "a low-rank update beside which a residue can lie, R + γ B A", func(m peft.Module) bool {
		_, may := m.(peft.Residued)
		return may && len(peft.UpdatesOf(m)) > 0
	})
}

// On is the module with a residue.
func (FedEx) On(module peft.Module) peft.Module { return module.(peft.Residued).WithResidue() }

// Stages are  fit: (A_k, B_k) ← SGD((A, B); L_task)  at R.
func (m FedEx) Stages() fed.Stages { return fed.Stages{"fit": m.fit} }

func (m FedEx) fit(c *fed.Client, q fed.Message) fed.Message {
	u := peft.UpdatesOf(c.Module())[0]
	trained := peft.Trained(c.Module())
	phi := frame.Unpack(c, trained, q["phi"])
	if r := q["residue"]; r != nil {
		copy(u.R.Slice(phi), r)
	}
	answer := m.Learn(c, q, phi, m.Task(c))
	c.Keep("phi", phi)
	return answer.With("phi", trained.Take(phi))
}

// Round performs, over the K clients of a cohort who answer,
//
//	R ← R + γ ((1/K) Σ_k B_k A_k − B̄ Ā),  A ← Ā = (1/K) Σ_k A_k,  B ← B̄ = (1/K) Σ_k B_k
func (m FedEx) Round(r *fed.Round) error {
	u := peft.UpdatesOf(r.Module())[0]
	trained, phi := peft.Trained(r.Module()), slices.Clone(r.Shared["phi"])
	ask := frame.Sending(r, m.Ask(r, "fit"), trained.Take(phi))
	question, fold := ask.Question, ask.Fold
	ask.Question = func(k int) fed.Message { return question(k).With("residue", u.R.Slice(r.Shared["phi"])) }
	ask.Weight = func(int) float64 { return 1 }
	lost := newProducts(u)
	ask.Fold = func(k int, answer fed.Message) {
		if x := answer["phi"]; len(x) == trained.Count() { // Average reports others
			trained.Put(phi, x)
			lost.add(1/float64(len(r.Cohort)), phi)
		}
		if fold != nil {
			fold(k, answer)
		}
	}
	mean, err := r.Average(ask, "phi")
	if err != nil {
		return err
	}
	if came := len(r.Present()); came < len(r.Cohort) {
		lost.scale(float64(len(r.Cohort)) / float64(came))
	}
	trained.Put(phi, mean["phi"])
	lost.add(-1, phi)
	f32.Axpy(u.Gamma, lost.rounded(), u.R.Slice(phi))
	r.Shared["phi"] = phi
	return nil
}

// products is Σ w B A, in float64.
type products struct {
	of      peft.Update
	sum     []float64
	product f32.Matrix
}

func newProducts(of peft.Update) *products {
	p := f32.New(of.B.Rows, of.A.Cols)
	return &products{of, make([]float64, len(p.Data)), p}
}

// add takes up the product at parameters.
func (p *products) add(w float64, phi []float32) {
	f32.Mul(p.product, p.of.B.Of(phi), p.of.A.Of(phi))
	f32.Weigh(w, p.product.Data, p.sum)
}

// scale makes up for products that did not come.
func (p *products) scale(by float64) {
	for i := range p.sum {
		p.sum[i] *= by
	}
}

func (p *products) rounded() []float32 {
	for i, v := range p.sum {
		p.product.Data[i] = float32(v)
	}
	return p.product.Data
}
