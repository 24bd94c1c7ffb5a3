package eval

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// written is a Tally in JSON. Of many classes a block has rows of few: reliability is told where there is any.
type written struct {
	Owner        int                     `json:"owner"`
	Rows         []int                   `json:"rows"`
	HasGlobal    bool                    `json:"has_global,omitempty"`
	Diverges     bool                    `json:"diverges,omitempty"`
	Zero         *metric.Counts          `json:"zero,omitempty"`
	Global       *metric.Counts          `json:"global,omitempty"`
	Local        *metric.Counts          `json:"local,omitempty"`
	Personal     *metric.Counts          `json:"personal,omitempty"`
	Hits         map[string]metric.Hits  `json:"hits,omitempty"`
	Right        *metric.Right           `json:"right,omitempty"`
	Divergence   *[4]metric.Num          `json:"divergence,omitempty"` // TKL, reverse, KL, soft cross-entropy
	Diverged     int                     `json:"diverged,omitempty"`   // rows of it
	Classes      int                     `json:"classes,omitempty"`    // of reliability
	Reliability  map[string][]bin        `json:"reliability,omitempty"`
	Contribution []metric.Contribution   `json:"contribution,omitempty"`
	Guesses      map[string]writtenGuess `json:"guesses,omitempty"`
}

// bin is one of a class's reliability that is not empty.
type bin struct {
	Class      int     `json:"c"`
	Bin        int     `json:"b"`
	Total      int64   `json:"n"`
	Correct    int64   `json:"r"`
	Confidence float64 `json:"p"`
}

type writtenGuess struct {
	Class       []int32   `json:"class"`
	Probability []float32 `json:"probability"`
}

// MarshalJSON writes a tally so that it is read as it was.
func (t Tally) MarshalJSON() ([]byte, error) {
	w := written{
		Owner: t.Owner, Rows: t.Rows, HasGlobal: t.HasGlobal, Diverges: t.Diverges, Hits: t.hits,
		Contribution: t.contribution,
		Zero:         told(t.zero), Global: told(t.global), Local: told(t.local), Personal: told(t.personal),
	}
	if t.right.Global != nil || t.right.Personal != nil {
		w.Right = &t.right
	}
	if d := t.divergence; d.N > 0 {
		w.Divergence = &[4]metric.Num{
			metric.Num(d.TKL), metric.Num(d.Reverse), metric.Num(d.KL), metric.Num(d.SoftCE),
		}
		w.Diverged = d.N
	}
	for model, byClass := range t.reliability {
		if w.Reliability == nil {
			w.Reliability = map[string][]bin{}
		}
		w.Classes, w.Reliability[model] = len(byClass), bins(byClass)
	}
	for model, g := range t.guesses {
		if w.Guesses == nil {
			w.Guesses = map[string]writtenGuess{}
		}
		w.Guesses[model] = writtenGuess{g.class, g.probability}
	}
	return json.Marshal(w)
}

// told is a pointer to counts, if there are any.
func told(c metric.Counts) *metric.Counts {
	if c.Total == nil {
		return nil
	}
	return &c
}

func bins(byClass []metric.Reliability) []bin {
	all := []bin{}
	for c := range byClass {
		for b, n := range byClass[c].Total {
			if n > 0 {
				all = append(all, bin{c, b, n, byClass[c].Correct[b], byClass[c].Confidence[b]})
			}
		}
	}
	return all
}

// maxClasses bounds the classes of a tally that is read.
const maxClasses = 1 << 20

// UnmarshalJSON reads a tally. Whether it fits an evaluation Sum checks.
func (t *Tally) UnmarshalJSON(data []byte) error {
	var w written
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*t = Tally{Owner: w.Owner, Rows: w.Rows, HasGlobal: w.HasGlobal, Diverges: w.Diverges}
	t.hits, t.contribution = w.Hits, w.Contribution
	for _, c := range []struct {
		from *metric.Counts
		to   *metric.Counts
	}{{w.Zero, &t.zero}, {w.Global, &t.global}, {w.Local, &t.local}, {w.Personal, &t.personal}} {
		if c.from != nil {
			*c.to = *c.from
		}
	}
	if w.Right != nil {
		t.right = *w.Right
	}
	if d := w.Divergence; d != nil {
		t.divergence.Divergence = metric.Divergence{
			TKL: float64(d[0]), Reverse: float64(d[1]), KL: float64(d[2]), SoftCE: float64(d[3]), N: w.Diverged,
		}
	}
	if w.Classes < 0 || w.Classes > maxClasses {
		return fault.Corruptf("eval: a tally of %d classes", w.Classes)
	}
	for model, all := range w.Reliability {
		if t.reliability == nil {
			t.reliability = map[string][]metric.Reliability{}
		}
		byClass := make([]metric.Reliability, w.Classes)
		for _, b := range all {
			if b.Class < 0 || b.Class >= w.Classes || b.Bin < 0 || b.Bin >= metric.Bins {
				return fault.Corruptf("eval: a tally has bin %d of class %d", b.Bin, b.Class)
			}
			r := &byClass[b.Class]
			r.Total[b.Bin], r.Correct[b.Bin], r.Confidence[b.Bin] = b.Total, b.Correct, b.Confidence
		}
		t.reliability[model] = byClass
	}
	for model, g := range w.Guesses {
		if t.guesses == nil {
			t.guesses = map[string]guess{}
		}
		t.guesses[model] = guess{g.Class, g.Probability}
	}
	return nil
}

// check reports a tally that does not fit an evaluation of so many classes, clients and rows.
func (t *Tally) check(classes, clients, rows int) error {
	bad := func(what string) error { return fault.Corruptf("eval: a tally of owner %d has %s", t.Owner, what) }
	if t.Owner < -1 || t.Owner >= clients {
		return bad("no such owner")
	}
	if slices.ContainsFunc(t.Rows, func(r int) bool { return r < 0 || r >= rows }) {
		return bad("rows that are not there")
	}
	for _, c := range []metric.Counts{t.zero, t.global, t.local, t.personal} {
		if c.Total != nil && !c.Fits(classes, int64(rows)) {
			return bad("counts that cannot be")
		}
	}
	for _, r := range []metric.Rows{t.right.Global, t.right.Personal} {
		if r != nil && len(r) != len(metric.NewRows(len(t.Rows))) {
			return bad("marks of other rows")
		}
	}
	for _, model := range slices.Sorted(maps.Keys(t.reliability)) {
		if len(t.reliability[model]) != classes {
			return bad("other classes")
		}
	}
	if n := len(t.contribution); n != 0 && n != classes {
		return bad("other classes")
	}
	for _, g := range t.guesses {
		if len(g.class) != len(t.Rows) || len(g.probability) != len(t.Rows) {
			return bad("predictions of other rows")
		}
		if slices.ContainsFunc(g.class, func(c int32) bool { return c < 0 || int(c) >= classes }) {
			return bad("predictions of no class")
		}
	}
	return nil
}
