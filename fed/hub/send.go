package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

// send brings what is held for a site, and then a question, if there is one, to it in one message, and takes what comes
// back. A site that cannot be reached in time is absent: its reply says so, and what was held for it is missed.
func (h *Hub) send(ctx context.Context, s *seat, ask *task) fed.Reply {
	s.busy.Lock()
	defer s.busy.Unlock()
	tasks := s.take()
	if ask != nil {
		tasks = append(tasks, *ask)
	}
	if len(tasks) == 0 {
		return fed.Reply{}
	}
	reply, err := h.message(ctx, s, tasks)
	var gone *absent
	switch {
	case err == nil:
	case h.stopped(ctx) != nil: // what was held for the site is to be sent again
		if ask != nil {
			tasks = tasks[:len(tasks)-1]
		}
		s.back(tasks)
		return fed.Reply{Err: err}
	case errors.As(err, &gone):
		reply = fed.Reply{Absent: err}
		h.mu.Lock()
		h.away = err
		h.mu.Unlock()
	default:
		reply = fed.Reply{Err: err}
		h.fail(err)
	}
	if err != nil {
		for _, t := range tasks {
			if t.Evaluate == "" && !t.Wait {
				h.tell(fed.Late{Call: t.call, Reply: reply})
			}
		}
	}
	return reply
}

func (h *Hub) tell(l fed.Late) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.late = append(h.late, l)
}

// fail remembers the first error that ends the run.
func (h *Hub) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failed == nil {
		h.failed = err
	}
}

// absent is a site that did not answer in time.
type absent struct {
	site string
	why  error
}

func (a *absent) Error() string { return fmt.Sprintf("site %q is absent: %v", a.site, a.why) }

// farewell is how long a site may take when the run is to stop.
var farewell = 5 * time.Second

// message sends tasks until they are done.
func (h *Hub) message(ctx context.Context, s *seat, tasks []task) (fed.Reply, error) {
	order, err := h.order(s, tasks)
	if err != nil {
		return fed.Reply{}, err
	}
	limited, cancel := context.WithTimeout(ctx, h.Deadline)
	defer cancel()
	if h.Stop != nil { // a round that is finished although the run is to stop: it does not wait for long
		defer context.AfterFunc(h.Stop, func() { time.AfterFunc(farewell, cancel) })()
	}
	for try := 1; ; try++ {
		reply, err := h.try(limited, s, tasks, order)
		if err == nil {
			return reply, nil
		}
		if stop := h.stopped(ctx); stop != nil {
			return fed.Reply{}, stop
		}
		if fault.KindOf(err) != fault.Failure { // asked again it would be refused again
			return fed.Reply{}, err
		}
		h.Observe(fmt.Sprintf("round %d, site %s, try %d of %d: %v", tasks[len(tasks)-1].Round+1, s.name, try,
			h.Tries, err))
		if try >= h.Tries || limited.Err() != nil {
			return fed.Reply{}, &absent{s.name, err}
		}
		select {
		case <-limited.Done():
		case <-time.After(h.Pause):
		}
	}
}

// order packs tasks.
func (h *Hub) order(s *seat, tasks []task) (wire.Frame, error) {
	var pack wire.Packer
	o := wire.Order{
		V: wire.Version, Op: wire.Work, Run: h.run, Plan: &h.Plan, Client: s.client, From: s.state,
	}
	for _, t := range tasks {
		t.Vectors = pack.Pack(t.vectors)
		if t.subtract != nil {
			t.Subtract = pack.Pack(fed.Message{"subtract": t.subtract})["subtract"]
		}
		o.Tasks = append(o.Tasks, t.Task)
	}
	return wire.New(o, pack.Arrays)
}

// try sends an order once and takes the answer.
func (h *Hub) try(ctx context.Context, s *seat, tasks []task, order wire.Frame) (reply fed.Reply, err error) {
	f, err := h.Carrier.Do(ctx, s.name, order)
	if err != nil {
		return reply, err
	}
	var a wire.Answer
	if err := f.Of(&a); err != nil {
		return reply, err
	}
	switch {
	case a.V != wire.Version:
		return reply, fault.Usagef("hub: site %q speaks version %d, this program version %d", s.name, a.V, wire.Version)
	case a.Error != "" && a.Refused:
		return reply, fault.Usagef("hub: %s", a.Error)
	case a.Error != "":
		return reply, errors.New(a.Error)
	case a.Site != s.name:
		return reply, fault.Usagef("hub: %q answers for site %q", a.Site, s.name)
	case len(a.Done) != len(tasks):
		return reply, fault.Corruptf("hub: site %q did %d of %d tasks", s.name, len(a.Done), len(tasks))
	}
	for i := range tasks {
		if r, err := h.done(s, &tasks[i], &a.Done[i], f); err != nil {
			return reply, err
		} else if i == len(tasks)-1 {
			reply = r
		}
	}
	return reply, nil
}

// maxValues bounds a vector of an answer; a frame's own bound is on all of its bytes.
const maxValues = 1 << 26

// done takes what came of a task.
func (h *Hub) done(s *seat, t *task, d *wire.Done, f wire.Frame) (reply fed.Reply, err error) {
	if t.Evaluate != "" {
		return reply, h.count(s, t, d)
	}
	if reply.Answer, err = f.Unpack(d.Vectors, maxValues); err != nil {
		return reply, fmt.Errorf("hub: site %q: %w", s.name, err)
	}
	reply.Observed = map[string]fed.Meter{}
	for name, m := range d.Meters {
		reply.Observed[name] = fed.Meter{Sum: float64(m.Sum), N: m.N}
	}
	s.mu.Lock()
	s.state = d.State
	s.states[t.Round] = d.State
	for round := range s.states {
		if round < t.Round-3 {
			delete(s.states, round)
		}
	}
	s.mu.Unlock()
	if !t.Wait {
		h.tell(fed.Late{Call: t.call, Reply: reply})
	}
	return reply, nil
}
