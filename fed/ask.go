package fed

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/train/f32"
)

// heldFloats bounds the answers that wait for clients before them.
var heldFloats int64 = 1 << 26

// Ask is a question to many clients.
type Ask struct {
	Stage    string
	Of       []int                       // clients, ascending; nil: the cohort
	Question func(k int) Message         // nil: what the server shares
	Fold     func(k int, answer Message) // in client order; nil: nobody waits for an answer
	InOrder  bool                        // a question is formed when the answer before it is folded
	Weight   func(k int) float64         // of Average; nil: n_k
	Aside    []string                    // vectors of the answers that serve figures alone: they are not counted
}

// Ask puts a question to clients, at most Workers at once, and folds their answers in client order. An answer is to be
// read only, and only by its fold. Questions are formed from what the server shares when the ask begins, unless they
// are asked in order. The first error in client order is returned, naming round and client.
//
// The longest work starts first, so that no worker is left with it at the end. Where many answers would have to wait
// for their turn, clients start in order instead, and only a few are ahead of the one that is next.
func (r *Round) Ask(a Ask) error {
	of := a.clients(r)
	if !ascending(of) {
		return fmt.Errorf("fed: round %d: stage %q is asked of clients %v, which are not ascending",
			r.Index+1, a.Stage, of)
	}
	question := r.questions(a, of)
	ask := r.asks
	r.asks++
	type exchange struct {
		sent  int64
		reply Reply
	}
	put := func(_, i int) exchange {
		q := question(i)
		call := Call{
			Round: r.Index, Rounds: r.Rounds, Ask: ask, Client: of[i],
			Stage: a.Stage, Question: q, Wait: a.Fold != nil,
		}
		return exchange{q.floats(), r.plan.Transport.Ask(r.ctx, call)}
	}
	return ordered.Run(r.jobs(of, a.InOrder), put, func(i int, x exchange) error {
		if err := r.take(of[i], x.reply); err != nil {
			return err
		}
		r.floats += x.sent + x.reply.Answer.floats()
		for _, name := range a.Aside {
			r.floats -= int64(len(x.reply.Answer[name]))
		}
		if a.Fold != nil {
			a.Fold(of[i], x.reply.Answer)
		}
		x.reply.Release()
		return nil
	})
}

// clients are those that are asked.
func (a Ask) clients(r *Round) []int {
	if a.Of == nil {
		return r.Cohort
	}
	return a.Of
}

// questions returns the i-th client's question. All are formed now, before anything is folded, unless they are asked
// in order.
func (r *Round) questions(a Ask, of []int) func(i int) Message {
	if a.Question == nil { // what is shared holds what every question carries
		snapshot := maps.Clone(r.Shared)
		return func(int) Message { return snapshot }
	}
	form := func(i int) Message {
		q := a.Question(of[i])
		for name, v := range r.everyone {
			q = q.With(name, v)
		}
		return q
	}
	if a.InOrder {
		return form
	}
	formed := make([]Message, len(of))
	for i := range of {
		formed[i] = form(i)
	}
	return func(i int) Message { return formed[i] }
}

// ascending reports whether every client is named once, in order.
func ascending(of []int) bool {
	for i := 1; i < len(of); i++ {
		if of[i] <= of[i-1] {
			return false
		}
	}
	return true
}

// jobs says how the clients' work is run.
func (r *Round) jobs(of []int, inOrder bool) ordered.Jobs {
	j := ordered.Jobs{N: len(of), Workers: r.plan.Workers}
	switch {
	case inOrder || j.Workers <= 1:
		j.Workers, j.Ahead = 1, 1
	case int64(len(of))*r.Shared.floats() > heldFloats:
		j.Ahead = 2 * j.Workers
	default:
		j.Order = make([]int, len(of))
		for i := range j.Order {
			j.Order[i] = i
		}
		slices.SortStableFunc(j.Order, func(a, b int) int { return r.sizes[of[b]] - r.sizes[of[a]] })
	}
	return j
}

// Average asks and returns Σ_k w_k x_k / Σ_k w_k for the named vectors of the answers, summed in client order in
// float64. Of vectors that the server shares under that name, as phi, it records the clients' drift: the mean of ‖x_k
// − x‖ from what is shared, and the root mean square of ‖x_k − x̄‖ from the new average, weighted like it.
func (r *Round) Average(a Ask, names ...string) (Message, error) {
	of, weight := a.clients(r), a.Weight
	if weight == nil {
		weight = func(k int) float64 { return float64(r.sizes[k]) }
	}
	var total float64
	for _, k := range of {
		total += weight(k)
	}
	sums := make([]mean, len(names))
	for i, name := range names {
		sums[i] = mean{name: name, before: r.Shared[name]}
	}
	fold := a.Fold
	var bad error
	a.Fold = func(k int, answer Message) {
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
	before  []float32 // what clients started from; nil: not known
	sum     []float64
	squares float64 // Σ w_k ‖x_k − x‖²
}

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
	if len(m.before) == len(x) {
		drift := f32.Distance(x, m.before)
		r.Observe(m.drift(), drift)
		m.squares += w * drift * drift
	}
	return nil
}

func (m *mean) finish(r *Round) []float32 {
	next := make([]float32, len(m.sum))
	for j, v := range m.sum {
		next[j] = float32(v)
	}
	if len(m.before) == len(next) && len(next) > 0 && f32.Finite(next) {
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

func (r *Round) failed(client int, err error) error {
	return fmt.Errorf("fed: round %d, %s: %w", r.Index+1, called(client, r.plan.Names), err)
}

// called is what errors call a client: by its number and, where it has one, its name.
func called(client int, names []string) string {
	if client < len(names) && names[client] != "" {
		return fmt.Sprintf("client %d (%s)", client, names[client])
	}
	return fmt.Sprintf("client %d", client)
}
