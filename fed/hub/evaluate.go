package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/fault"
)

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
	if err := h.bring(ctx, round-1); err != nil {
		return nil, err
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
