package fed

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/fed/ordered"
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
	Floats   int64                       // that an answer holds, where it is much more than what the server shares
	Aside    []string                    // vectors of the answers that serve figures alone: they are not counted
	Whole    bool                        // nobody may be absent
}

// Ask puts a question to clients, at most Workers at once, and folds their answers in client order. An answer is to be
// read only, and only by its fold. Questions are formed from what the server shares when the ask begins, unless they
// are asked in order. The first error in client order is returned, naming round and client.
//
// A client that is absent is left out, and not asked again in the round. Too few answers are an error.
//
// The longest work starts first, so that no worker is left with it at the end. Where many answers would have to wait
// for their turn, clients start in order instead, and only a few are ahead of the one that is next.
func (r *Round) Ask(a Ask) error {
	of := a.clients(r)
	if !ascending(of) {
		return fmt.Errorf("fed: round %d: stage %q is asked of clients %v, which are not ascending",
			r.Index+1, a.Stage, of)
	}
	all := of
	of = r.there(all)
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
	err := ordered.Run(r.jobs(of, a.InOrder, a.Floats), put, func(i int, x exchange) error {
		if x.reply.Absent != nil {
			r.absent[of[i]] = x.reply.Absent
			return nil
		}
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
	if err != nil {
		return err
	}
	return r.enough(a, all)
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
func (r *Round) jobs(of []int, inOrder bool, floats int64) ordered.Jobs {
	j := ordered.Jobs{N: len(of), Workers: r.plan.Workers}
	switch {
	case inOrder || j.Workers <= 1:
		j.Workers, j.Ahead = 1, 1
	case int64(len(of))*max(r.Shared.floats(), floats) > heldFloats:
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
