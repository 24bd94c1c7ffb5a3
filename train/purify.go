package train

import (
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/train/peft"
)

// Purifier removes from task gradients what works against the alignment gradient (FedPuReL, arXiv 2605.02247, gradient
// purification):
//
//	g_P ← g_P − λ ⟨g_P, a_P⟩/‖a_P‖² · a_P   where ⟨g_P, a_P⟩ < 0
//
// tensor by tensor, and leaves alone what agrees. With λ = 1, ⟨g_P, a_P⟩ = 0 afterwards. Where a_P is zero there is
// no direction to keep to, and g_P stays; this is so for the factor A of a low-rank module on its first step. So it
// is where a_P is shorter than 10⁻⁶ ‖g_P‖: a student that is still at zero-shot differs from the teacher by rounding
// only, which must not steer. Inner products are added up in float64.
type Purifier struct {
	Lambda float64 // λ ≥ 0; 0 only looks
	Whole  bool    // project the whole vector at once, as the paper writes it, instead of every tensor by itself
	// Rows are tensors with a row for each class, see peft.ByClass, that are projected row by row: what a class is
	// taught then gives way to what is known of that class alone. They do not go with Whole.
	Rows  peft.Layout
	parts []part
	rows  []part // of tensors that are projected so, one after the other
	taken []float64
	stats PurifyStats
}

// part is what a row, a tensor or the whole vector contributes.
type part struct{ ga, gg, aa float64 }

// PurifyStats says what one purification did. Cosine and norms are of the whole vectors.
type PurifyStats struct {
	Tensors    int     // tensors, or rows, in which both gradients are non-zero
	Projected  int     // of those, how many disagreed
	Cosine     float64 // of the angle between g and a before the projection; NaN if either is zero
	NormBefore float64 // ‖g‖
	NormAfter  float64
	Cosines    []float64 // of the angle in every tensor of the layout; NaN where either gradient is zero
}

// noise is the length of an alignment gradient, in task gradients, below which it is rounding.
const noise = 1e-6

// rowNoise is that of a row: a class of which the batch has no sample has small gradients of both kinds, and rounding
// is more of them.
const rowNoise = 1e-4

// Purify performs the projection on the task gradient g, with the alignment gradient a of the same batch. What it
// returns is valid until the next call.
func (p *Purifier) Purify(g, a *Gradient) *PurifyStats {
	p.parts, p.rows = p.parts[:0], p.rows[:0]
	for i, t := range g.Layout {
		if p.byRow(t) {
			p.rows = g.rowGrams(p.rows, a, i)
			p.parts = append(p.parts, sum(p.rows[len(p.rows)-t.Rows:]))
			continue
		}
		ga, gg, aa := g.gram(a, i)
		p.parts = append(p.parts, part{ga, gg, aa})
	}
	rows := p.rows
	s := &p.stats
	*s = PurifyStats{Cosines: s.Cosines[:0]}
	var whole part
	for i := range p.parts {
		t := p.parts[i].quiet(noise)
		s.Cosines = append(s.Cosines, t.cosine())
		switch n := g.Layout[i].Rows; {
		case p.Whole:
			t = p.parts[i]
		case p.byRow(g.Layout[i]):
			t = p.projectRows(g, a, i, rows[:n])
			rows = rows[n:]
		default:
			k := p.judge(t)
			g.subtract(k, a, i)
			s.NormAfter += t.without(k)
		}
		whole = sum([]part{whole, t})
	}
	if p.Whole {
		whole = whole.quiet(noise)
		k := p.judge(whole)
		for i := range p.parts {
			g.subtract(k, a, i)
		}
		s.NormAfter = whole.without(k)
	}
	s.Cosine, s.NormBefore, s.NormAfter = whole.cosine(), math.Sqrt(whole.gg), math.Sqrt(s.NormAfter)
	return s
}

// byRow says whether a tensor is projected row by row.
func (p *Purifier) byRow(t peft.Tensor) bool { return !p.Whole && slices.Contains(p.Rows, t) }

// projectRows is the projection of every row of tensor i. It returns what the tensor contributes.
func (p *Purifier) projectRows(g, a *Gradient, i int, rows []part) part {
	p.taken = p.taken[:0]
	for c := range rows {
		rows[c] = rows[c].quiet(rowNoise)
		k := p.judge(rows[c])
		p.taken = append(p.taken, k)
		p.stats.NormAfter += rows[c].without(k)
	}
	g.subtractRows(p.taken, a, i)
	return sum(rows)
}

// sum is what parts contribute together.
func sum(parts []part) (all part) {
	for _, t := range parts {
		all = part{all.ga + t.ga, all.gg + t.gg, all.aa + t.aa}
	}
	return all
}

// judge returns how many a to take off, and keeps count.
func (p *Purifier) judge(t part) float64 {
	if !(t.gg > 0 && t.aa > 0) {
		return 0
	}
	p.stats.Tensors++
	if t.ga >= 0 {
		return 0
	}
	p.stats.Projected++
	return p.Lambda * t.ga / t.aa
}

// quiet takes an alignment gradient that is rounding for none.
func (t part) quiet(noise float64) part {
	if t.aa < noise*noise*t.gg {
		return part{gg: t.gg}
	}
	return t
}

// without is ‖g − k a‖².
func (t part) without(k float64) float64 { return max(0, t.gg-2*k*t.ga+k*k*t.aa) }

// cosine is ⟨g,a⟩/(‖g‖‖a‖), NaN if a norm is zero.
func (t part) cosine() float64 {
	if !(t.gg > 0 && t.aa > 0) {
		return math.NaN()
	}
	return max(-1, min(1, t.ga/math.Sqrt(t.gg*t.aa)))
}
