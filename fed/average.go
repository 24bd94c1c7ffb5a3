package fed

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Average asks and returns Σ_k w_k x_k / Σ_k w_k for the named vectors of the answers, summed in client order in
// float64. Where every question holds one vector x under that name, as phi, it records the clients' drift: the mean of
// ‖x_k − x‖ from what was sent, and the root mean square of ‖x_k − x̄‖ from the new average, weighted like it. Both are
// of who answers: where a client is absent, the sums are divided by the share of the weights that came.
func (r *Round) Average(a Ask, names ...string) (Message, error) {
	of, weight := a.clients(r), a.Weight
	if weight == nil {
		weight = func(k int) float64 { return float64(r.sizes[k]) }
	}
	of = r.there(of)
	var total, came float64
	for _, k := range of {
		total += weight(k)
	}
	sums := make([]mean, len(names))
	for i, name := range names {
		sums[i] = mean{name: name, before: r.Shared[name]}
	}
	if question := a.Question; question != nil {
		asked := false
		a.Question = func(k int) Message {
			q := question(k)
			for i := range sums {
				sums[i].sent(q[sums[i].name], asked)
			}
			asked = true
			return q
		}
	}
	fold := a.Fold
	var bad error
	a.Fold = func(k int, answer Message) {
		came += weight(k)
		for i := range sums {
			if err := sums[i].add(r, weight(k)/total, answer[sums[i].name]); err != nil && bad == nil {
				bad = r.failed(k, fmt.Errorf("stage %q: %w", a.Stage, err))
			}
		}
		if fold != nil {
			fold(k, answer)
		}
	}
	if err := r.Ask(a); err != nil {
		return nil, err
	}
	if bad != nil {
		return nil, bad
	}
	out := Message{}
	for i := range sums {
		if len(r.there(of)) < len(of) {
			sums[i].scale(total / came)
		}
		x := sums[i].finish(r)
		if !f32.Finite(x) {
			return nil, fmt.Errorf("fed: round %d: the average is not finite; lower --lr", r.Index+1)
		}
		out[sums[i].name] = x
	}
	return out, nil
}

// mean is an average under way.
type mean struct {
	name    string
	before  []float32 // what clients start from; nil: not known, or not the same for all
	sum     []float64
	squares float64 // Σ w_k ‖x_k − x‖²
}

// sent takes note of what one more client starts from.
func (m *mean) sent(x []float32, again bool) {
	if !again {
		m.before = x
	} else if Of(x).Identity() != Of(m.before).Identity() {
		m.before = nil
	}
}

// known reports whether a vector can be compared with what clients start from.
func (m *mean) known(x []float32) bool { return len(x) > 0 && len(m.before) == len(x) }

// add takes an answer, of which all have one length.
func (m *mean) add(r *Round, w float64, x []float32) error {
	switch {
	case x == nil:
		return fmt.Errorf("the answer has no %q to average", m.name)
	case m.sum == nil:
		m.sum = make([]float64, len(x))
	case len(x) != len(m.sum):
		return fmt.Errorf("the answer's %q has %d values, others have %d", m.name, len(x), len(m.sum))
	}
	f32.Weigh(w, x, m.sum)
	if m.known(x) {
		drift := f32.Distance(x, m.before)
		r.Observe(m.drift(), drift)
		m.squares += w * drift * drift
	}
	return nil
}

// scale makes up for weights that did not come.
func (m *mean) scale(by float64) {
	for i := range m.sum {
		m.sum[i] *= by
	}
	m.squares *= by
}

func (m *mean) finish(r *Round) []float32 {
	next := make([]float32, len(m.sum))
	for j, v := range m.sum {
		next[j] = float32(v)
	}
	if m.known(next) && f32.Finite(next) {
		moved := f32.Distance(next, m.before) // Σ w ‖x_k − x̄‖² = Σ w ‖x_k − x‖² − ‖x̄ − x‖²
		r.Observe(m.drift()+"_new", math.Sqrt(max(0, m.squares-moved*moved)))
	}
	return next
}

// drift names the diagnostic: that of phi has no other name.
func (m *mean) drift() string {
	if m.name == "phi" {
		return "drift"
	}
	return "drift/" + m.name
}
