package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// PurifyStats says what one purification did. Cosine and norms are of the whole vectors.
type PurifyStats struct {
	Tensors    int     // tensors in which both gradients are non-zero
	Projected  int     // of those, how many disagreed
	Cosine     float64 // of the angle between g and a before the projection; NaN if either is zero
	NormBefore float64 // ‖g‖
	NormAfter  float64
	Cosines    []float64 // of the angle in every tensor of the layout; NaN where either gradient is zero
}

// noise is the length of an alignment gradient, in task gradients, below which it is rounding.
const noise = 1e-6

// Purify removes from the task gradient g, tensor by tensor, the part that works against the alignment gradient a
// (FedPuReL, arXiv 2605.02247, gradient purification):
//
//	g_P ← g_P − λ ⟨g_P, a_P⟩/‖a_P‖² · a_P   where ⟨g_P, a_P⟩ < 0
//
// and leaves it alone where they agree. With λ = 1, ⟨g_P, a_P⟩ = 0 afterwards. Where a_P is zero there is no direction
// to keep to, and g_P stays; this is so for the factor A of a low-rank module on its first step. So it is where a_P is
// shorter than 10⁻⁶ ‖g_P‖: a student that is still at zero-shot differs from the teacher by rounding only, which must not
// steer. Inner products and
// norms are float64. A layout of one tensor that covers everything projects the whole vector at once.
func Purify(g, a []float32, layout peft.Layout, lambda float64) PurifyStats {
	s := PurifyStats{Cosines: make([]float64, len(layout))}
	var dot, gg, aa, after float64
	for i, t := range layout {
		gp, ap := t.Slice(g), t.Slice(a)
		d, g2, a2 := f32.Dot(gp, ap), f32.Dot(gp, gp), f32.Dot(ap, ap)
		if a2 < noise*noise*g2 {
			d, a2 = 0, 0
		}
		dot, gg, aa = dot+d, gg+g2, aa+a2
		s.Cosines[i] = cosine(d, g2, a2)
		if g2 > 0 && a2 > 0 {
			s.Tensors++
			if d < 0 {
				s.Projected++
				project(gp, ap, lambda*d/a2)
				g2 = f32.Dot(gp, gp)
			}
		}
		after += g2
	}
	s.Cosine = cosine(dot, gg, aa)
	s.NormBefore, s.NormAfter = math.Sqrt(gg), math.Sqrt(after)
	return s
}

// cosine is ⟨g,a⟩/(‖g‖‖a‖), NaN if a norm is zero.
func cosine(dot, gg, aa float64) float64 {
	if !(gg > 0 && aa > 0) {
		return math.NaN()
	}
	return max(-1, min(1, dot/math.Sqrt(gg*aa)))
}

// project performs g −= k·a in float64, rounding once.
func project(g, a []float32, k float64) {
	for i, v := range a {
		g[i] = float32(float64(g[i]) - k*float64(v))
	}
}
