// Package hub is the server's side of a federation over machines: the transport of a run whose clients are sites, over
// any carrier. It decides nothing of a method: package fed asks, as it asks the clients of a simulation, and the hub
// brings the questions to sites, one message a site and round.
//
// What nobody waits for, and the evaluation of the state after a round, ride on the site's next message; so a round's
// record is finished one round later. A message that fails is sent again, from the same state of the site, until its
// tries or its time are over; then the site is absent from that round, and the run goes on without it.
package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Options say how sites are reached.
type Options struct {
	Carrier  wire.Carrier
	Plan     wire.Plan
	Deadline time.Duration // for a message, all tries together
	Tries    int           // of a message; at least 1
	Pause    time.Duration // between tries
	Rows     []int         // test images of each site
	Values   int           // that a vector of an answer may have
	States   []string      // that sites are in, from the folder of a run that goes on; nil: it begins
	Observe  func(string)  // hears a line of what goes wrong; may be nil
}

// Hub is the transport. It is a lab.Clients.
type Hub struct {
	Options
	run     string
	seats   []*seat
	memory  *memory // nil: nothing is written
	settled int     // rounds

	mu      sync.Mutex
	late    []fed.Late
	tallies map[int][]answered // by rounds finished; -1: of the frozen encoder
	failed  error              // the first that is not a site's absence
	away    error              // the last that is
	under   sync.WaitGroup     // messages to sites outside of a cohort
}

// answered is a site's part of an evaluation.
type answered struct {
	site    int
	tallies []eval.Tally
}

// seat is what the hub knows of a site in a run.
type seat struct {
	client int
	name   string
	busy   sync.Mutex // one message at a time
	mu     sync.Mutex // of what follows
	held   []task     // that wait for the next message
	states map[int]string
	state  string // the newest
}

// task is a task with what it needs, before it is packed.
type task struct {
	wire.Task
	call     fed.Call
	vectors  fed.Message
	subtract []float32
}

// New returns the transport of a run with a plan.
func New(o Options) *Hub {
	if o.Observe == nil {
		o.Observe = func(string) {}
	}
	h := &Hub{Options: o, run: o.Plan.Sum(), tallies: map[int][]answered{}}
	for k, name := range o.Plan.Sites {
		s := &seat{client: k, name: name, states: map[int]string{}}
		if o.States != nil {
			s.state = o.States[k]
		}
		h.seats = append(h.seats, s)
	}
	return h
}

// Run is what the run is called.
func (h *Hub) Run() string { return h.run }

// States are those that the sites are in after so many rounds.
func (h *Hub) States(rounds int) []string {
	var all []string
	for _, s := range h.seats {
		all = append(all, s.after(rounds, h.Options.States))
	}
	return all
}

// after is the site's state after so many rounds.
func (s *seat) after(rounds int, before []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest, state := -1, ""
	if before != nil {
		state = before[s.client]
	}
	for round, name := range s.states {
		if round < rounds && round > newest {
			newest, state = round, name
		}
	}
	return state
}

// Ask holds what nobody waits for, and sends everything else, behind what is held for the client.
func (h *Hub) Ask(ctx context.Context, call fed.Call) fed.Reply {
	t := task{call: call, vectors: call.Question, Task: wire.Task{
		Stage: call.Stage, Round: call.Round, Rounds: call.Rounds, Ask: call.Ask, Wait: call.Wait,
	}}
	s := h.seats[call.Client]
	if !call.Wait {
		s.hold(t)
		return fed.Reply{Held: true}
	}
	return h.send(ctx, s, &t)
}

func (s *seat) hold(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, t)
}

// take empties what is held.
func (s *seat) take() []task {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held
	s.held = nil
	return held
}

// back puts tasks back that were taken, before what has come since.
func (s *seat) back(tasks []task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(tasks, s.held...)
}

// Begin sends what is held for sites outside of the cohort; the others' waits for their questions.
func (h *Hub) Begin(ctx context.Context, _ int, cohort []int) error {
	for k, s := range h.seats {
		if _, asked := slices.BinarySearch(cohort, k); !asked {
			h.under.Go(func() { h.send(ctx, s, nil) })
		}
	}
	return nil
}

// flush sends what is still held, and waits for it.
func (h *Hub) flush(ctx context.Context) error {
	for _, s := range h.seats {
		h.under.Go(func() { h.send(ctx, s, nil) })
	}
	h.under.Wait()
	return ctx.Err()
}

// Settle returns the late replies of a round.
func (h *Hub) Settle(ctx context.Context, round int) ([]fed.Late, error) {
	h.settled = round + 1
	h.under.Wait()
	if h.holds(round) {
		if err := h.flush(ctx); err != nil {
			return nil, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var these, others []fed.Late
	for _, l := range h.late {
		if l.Round <= round {
			these = append(these, l)
		} else {
			others = append(others, l)
		}
	}
	h.late = others
	slices.SortFunc(these, func(a, b fed.Late) int {
		return cmp.Or(cmp.Compare(a.Call.Ask, b.Call.Ask), cmp.Compare(a.Client, b.Client))
	})
	if h.failed != nil {
		return nil, h.failed
	}
	return these, nil
}

// holds reports whether something of a round, or the evaluation of the state after it, still waits.
func (h *Hub) holds(round int) bool {
	return slices.ContainsFunc(h.seats, func(s *seat) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return slices.ContainsFunc(s.held, func(t task) bool {
			return t.Evaluate != "" && t.Round <= round+1 || t.Evaluate == "" && t.Round <= round
		})
	})
}

// End notes the states of the sites after the round that was settled, or forgets what is held where it is given up.
func (h *Hub) End(keep bool) error {
	if keep && h.memory != nil {
		return h.memory.write(h.settled, h.States(h.settled))
	}
	if !keep {
		h.under.Wait()
		for _, s := range h.seats {
			s.take()
		}
	}
	return nil
}

// Announce holds an evaluation for every site.
func (h *Hub) Announce(_ context.Context, state *fed.State, detail eval.Detail, subtract []float32) error {
	t := task{Task: wire.Task{Evaluate: detail.String(), Round: -1}, subtract: subtract}
	if state != nil {
		t.Round, t.vectors = state.Round, state.Shared
	}
	for _, s := range h.seats {
		s.hold(t)
	}
	return nil
}

// Tallies are what the sites counted, in their order.
func (h *Hub) Tallies(ctx context.Context, state *fed.State) ([]eval.Tally, error) {
	round := -1
	if state != nil {
		round = state.Round
	}
	h.under.Wait()
	if h.holds(round - 1) {
		if err := h.flush(ctx); err != nil {
			return nil, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	parts := h.tallies[round]
	delete(h.tallies, round)
	slices.SortFunc(parts, func(a, b answered) int { return cmp.Compare(a.site, b.site) })
	if h.failed != nil {
		return nil, h.failed
	}
	if round < 0 && len(parts) < len(h.seats) {
		return nil, fmt.Errorf("hub: %d of %d sites evaluated the frozen encoder; all of them must, once: %w",
			len(parts), len(h.seats), h.away)
	}
	var all []eval.Tally
	for _, part := range parts {
		first := 0
		for _, n := range h.Rows[:part.site] {
			first += n
		}
		placed, err := eval.Place(part.tallies, part.site, first, h.Rows[part.site])
		if err != nil {
			return nil, fmt.Errorf("hub: site %q: %w", h.seats[part.site].name, err)
		}
		all = append(all, placed...)
	}
	return all, nil
}

// count takes a site's part of an evaluation.
func (h *Hub) count(s *seat, t *task, d *wire.Done) error {
	var tallies []eval.Tally
	if d.Tallies != nil {
		if err := json.Unmarshal(d.Tallies, &tallies); err != nil {
			return fault.Corruptf("hub: site %q: what it counted cannot be read: %v", s.name, err)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tallies[t.Round] = append(h.tallies[t.Round], answered{s.client, tallies})
	return nil
}
