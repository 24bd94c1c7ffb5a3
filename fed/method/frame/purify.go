package frame

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Purify are the options of the gradient purification.
type Purify struct {
	Align  string  `json:"align" usage:"alignment loss: tkl (temperature-aligned), kl or lskd (standardized logits)"`
	Lambda float64 `json:"purify_lambda" usage:"strength λ of the gradient projection; 0 turns it off"`
	// Scope is tensor: every tensor by itself, as in the release; global: the whole vector, as the paper writes it; or
	// row: a tensor that has a row for each class row by row, others as they are.
	Scope string `json:"scope" usage:"what is projected at once: tensor, row (of a class) or global (all)"`
}

var scopes = []string{"global", "row", "tensor"}

// Validate reports the first option out of range.
func (p Purify) Validate() error {
	switch {
	case !slices.Contains(train.AlignNames(), p.Align):
		return fault.Unknown("method: unknown alignment loss", p.Align, train.AlignNames())
	case !(p.Lambda >= 0):
		return fault.Usagef("method: projection strength %v must not be negative", p.Lambda)
	case !slices.Contains(scopes, p.Scope):
		return fault.Unknown("method: unknown projection scope", p.Scope, scopes)
	}
	return nil
}

// Rule is the rule
//
//	g = ∂L_task/∂φ,  a = ∂L_align/∂φ,  g ← g − λ ⟨g,a⟩/‖a‖² a  per tensor with ⟨g,a⟩ < 0
//
// With λ = 0 the gradients are only compared.
func (p Purify) Rule(c *fed.Client) fed.Rule {
	align := train.Aligns[slices.Index(train.AlignNames(), p.Align)].Loss
	purifier := train.Purifier{Lambda: p.Lambda, Whole: p.Scope == "global"}
	if p.Scope == "row" {
		purifier.Rows = peft.ByClass(c.Module())
	}
	var angles []string
	return func(phi []float32, b *fed.Batch) *train.Gradient {
		at := b.At(phi)
		a := at.Gradient("loss_align", func(delta f32.Matrix) float64 { return align(delta, at.Logits, b.Teacher()) })
		g := at.Task()
		if angles == nil { // of the tensors that are trained
			angles = g.Layout.Names()
			for i, name := range angles {
				angles[i] = "angle/" + name
			}
		}
		observe(c, angles, purifier.Purify(g, a))
		return g
	}
}

// observe records what the purification did: the angle between g and a, whole and tensor by tensor, the share of
// tensors that disagreed, what is left of the gradient.
func observe(c *fed.Client, angles []string, s *train.PurifyStats) {
	degrees := func(cosine float64) float64 { return math.Acos(cosine) * 180 / math.Pi }
	c.Observe("angle", degrees(s.Cosine))
	for i, name := range angles {
		c.Observe(name, degrees(s.Cosines[i]))
	}
	if s.Tensors > 0 {
		c.Observe("projected", float64(s.Projected)/float64(s.Tensors))
	}
	if s.NormBefore > 0 {
		c.Observe("norm_ratio", s.NormAfter/s.NormBefore)
	}
}

// Diagnosis looks at the angle of task and alignment gradients where a method does not need it.
type Diagnosis struct {
	Diagnose bool `json:"diagnose" usage:"measure the angle of task and alignment gradients (tkl, tensor by tensor)"`
}

// Task is the rule of plain training, g = ∂L_task/∂φ.
func (d Diagnosis) Task(c *fed.Client) fed.Rule {
	if d.Diagnose {
		return Purify{Align: "tkl", Scope: "tensor"}.Rule(c)
	}
	return func(phi []float32, b *fed.Batch) *train.Gradient { return b.At(phi).Task() }
}
