package eval

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
)

// tally is what one block contributes.
type tally struct {
	zero, global, local, personal metric.Counts
	divergence                    divergence
	reliability                   map[string][]metric.Reliability
	contribution                  []metric.Contribution
	err                           error
}

// block evaluates one block sequentially. Its zero-shot counts are empty if they are known already.
func (e *Evaluator) block(m *f32.Arena, b *block, s *fed.State, detail Detail) tally {
	m.Reset()
	t := tally{global: metric.NewCounts(e.classes), local: metric.NewCounts(e.classes), personal: metric.NewCounts(e.classes)}
	if detail >= Full {
		t.reliability = map[string][]metric.Reliability{}
	}
	x := m.Matrix(len(b.rows), e.Test.Dim())
	if t.err = e.Test.Gather(x, b.rows); t.err != nil {
		return t
	}
	labels := make([]int, len(b.rows))
	for i, r := range b.rows {
		labels[i] = int(e.Test.Labels()[r])
	}
	count := func(c metric.Counts, logits f32.Matrix) {
		for i, y := range labels {
			c.Add(y, f32.Argmax(logits.Row(i)))
		}
	}
	trust := func(model string, logits f32.Matrix) {
		if t.reliability != nil {
			t.reliability[model] = reliability(labels, logits, e.classes)
		}
	}
	var zero f32.Matrix
	if e.zero == nil || s == nil || detail > Accuracy {
		zero = e.Head.ZeroShot(m, x)
		t.zero = metric.NewCounts(e.classes)
		count(t.zero, zero)
		trust("zero_shot", zero)
	}
	if s == nil { // the encoder alone: every model is the zero-shot one
		count(t.global, zero)
		count(t.local, zero)
		count(t.personal, zero)
		trust("global", zero)
		if b.owner >= 0 {
			trust("personal", zero)
		}
		if detail > Accuracy {
			t.divergence.add(zero, zero)
		}
		return t
	}
	var global, raw f32.Matrix
	if e.Averages {
		raw, _ = e.Module.Forward(m, s.Global, x)
		global = e.adjusted(raw)
		count(t.global, global)
		count(t.local, global)
		trust("global", global)
		if detail > Accuracy {
			t.divergence.add(raw, zero)
		}
	} else {
		buffer := m.Matrix(1, len(s.Global)).Data
		for k := range s.Personal.Len() {
			phi, err := s.Personal.Get(k, buffer)
			if t.err = err; err != nil {
				return t
			}
			if phi != nil {
				own, _ := e.Module.Forward(nil, phi, x)
				count(t.global, e.adjusted(own))
			}
		}
	}
	if b.owner < 0 {
		return t
	}
	var own f32.Matrix
	if own, t.err = e.own(m, b, s, x); t.err != nil {
		return t
	}
	if e.Personal == fed.PersonalResidual {
		if detail >= Full {
			t.contribution = contribution(labels, raw, own, e.classes)
		}
		f32.Axpy(1, raw.Data, own.Data)
	}
	own = e.adjusted(own)
	count(t.personal, own)
	trust("personal", own)
	return t
}

// adjusted returns the logits less Subtract.
func (e *Evaluator) adjusted(logits f32.Matrix) f32.Matrix {
	if e.Subtract == nil {
		return logits
	}
	out := logits.Clone()
	for i := range out.Rows {
		f32.Axpy(-1, e.Subtract, out.Row(i))
	}
	return out
}
