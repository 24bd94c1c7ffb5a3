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
	"slices"
	"sync"
	"time"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/wire"
)

// Options say how sites are reached.
type Options struct {
	Carrier  wire.Carrier
	Plan     wire.Plan
	Deadline time.Duration // for a message, all tries together
	Tries    int           // of a message; at least 1
	Pause    time.Duration // between tries
	Rows     []int         // test images of each site
	States   []string      // that sites are in, from the folder of a run that goes on; nil: it begins
	// Stop ends when the run is to stop, while contexts of what is to be finished go on; nil: never.
	Stop    context.Context
	Observe func(string) // hears a line of what goes wrong; may be nil
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

// States are those that the sites are in after so many rounds.
func (h *Hub) States(rounds int) []string {
	var all []string
	for _, s := range h.seats {
		all = append(all, s.after(rounds, h.Options.States))
	}
	return all
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

// Begin sends what is held for sites outside of the cohort; the others' waits for their questions.
func (h *Hub) Begin(ctx context.Context, _ int, cohort []int) error {
	for k, s := range h.seats {
		if _, asked := slices.BinarySearch(cohort, k); !asked {
			h.under.Go(func() { h.send(ctx, s, nil) })
		}
	}
	return nil
}

// bring sends what is still held of a round, and waits for it. Where the run is to stop and a site takes long, the
// round is not settled, which is an error: done again it ends in the same bits, and a site that is slow is not absent.
func (h *Hub) bring(ctx context.Context, round int) error {
	h.under.Wait()
	if !h.holds(round) {
		return nil
	}
	for _, s := range h.seats {
		h.under.Go(func() { h.send(ctx, s, nil) })
	}
	h.under.Wait()
	if h.holds(round) {
		return h.stopped(ctx)
	}
	return nil
}

// stopped says why messages are given up: their context ended, or the run is to stop.
func (h *Hub) stopped(ctx context.Context) error {
	if err := ctx.Err(); err != nil || h.Stop == nil {
		return err
	}
	return h.Stop.Err()
}

// Settle returns the late replies of a round.
func (h *Hub) Settle(ctx context.Context, round int) ([]fed.Late, error) {
	h.settled = round + 1
	if err := h.bring(ctx, round); err != nil {
		return nil, err
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
