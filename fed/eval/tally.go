package eval

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Tally is what one block of test rows says of a state: what a site sends, and a hub adds up. It goes to JSON and back
// with the same bits. Parts that are not there were not asked for, or are not shared.
type Tally struct {
	Owner int   `json:"owner"` // client; −1: nobody
	Rows  []int `json:"rows,omitempty"`
	// Clients says that there is no global model: Global counts the models of all clients that live here.
	Clients      bool                            `json:"clients,omitempty"`
	ZeroShot     metric.Counts                   `json:"zero_shot,omitzero"`
	Global       metric.Counts                   `json:"global,omitzero"`
	Personal     metric.Counts                   `json:"personal,omitzero"`
	Right        metric.Right                    `json:"right,omitzero"` // of Rows, by their place among these
	Moved        Far                             `json:"moved,omitzero"`
	Reliability  map[string][]metric.Reliability `json:"reliability,omitempty"`
	Contribution []metric.Contribution           `json:"contribution,omitempty"`
	Guesses      map[string]Guesses              `json:"guesses,omitempty"` // by model, as in Outcome.Predicted
	Score        *Score                          `json:"score,omitempty"`   // instead of all the rest
}

// Far is a metric.Divergence, whose sums may be no numbers.
type Far struct {
	TKL     metric.Num `json:"tkl"`
	Reverse metric.Num `json:"reverse"`
	KL      metric.Num `json:"kl"`
	SoftCE  metric.Num `json:"soft_ce"`
	N       int        `json:"n"`
}

func farOf(d metric.Divergence) Far {
	return Far{metric.Num(d.TKL), metric.Num(d.Reverse), metric.Num(d.KL), metric.Num(d.SoftCE), d.N}
}

func (f Far) divergence() metric.Divergence {
	return metric.Divergence{
		TKL: float64(f.TKL), Reverse: float64(f.Reverse), KL: float64(f.KL), SoftCE: float64(f.SoftCE), N: f.N,
	}
}

// Score is how often models are right on a client's test images, and nothing of classes.
type Score struct {
	ZeroShot metric.Hits `json:"zero_shot,omitzero"`
	Global   metric.Hits `json:"global,omitzero"`
	Personal metric.Hits `json:"personal,omitzero"`
}

// Guesses are what a model takes rows for.
type Guesses struct {
	Class       []int32       `json:"class"`
	Probability Probabilities `json:"probability"`
}

// Probabilities are float32 in memory, and in JSON their bytes in base64, little-endian.
type Probabilities []float32

// MarshalJSON writes the bytes.
func (p Probabilities) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 4*len(p))
	for _, v := range p {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return json.Marshal(raw)
}

// UnmarshalJSON reads them.
func (p *Probabilities) UnmarshalJSON(b []byte) error {
	var raw []byte
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	if len(raw)%4 != 0 {
		return fmt.Errorf("eval: %d bytes are no probabilities", len(raw))
	}
	*p = make(Probabilities, len(raw)/4)
	for i := range *p {
		(*p)[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return nil
}

// Place puts the tallies of a site, whose test rows are 0 … rows−1, where a hub has those of its client: from first on.
// Others' tallies are refused.
func Place(tallies []Tally, owner, first, rows int) ([]Tally, error) {
	placed := slices.Clone(tallies)
	for i, t := range tallies {
		if t.Owner != owner {
			return nil, fault.Corruptf("eval: a tally is of client %d, not of client %d", t.Owner, owner)
		}
		placed[i].Rows = slices.Clone(t.Rows)
		for j, r := range t.Rows {
			if r < 0 || r >= rows {
				return nil, fault.Corruptf("eval: a tally is of test row %d of %d", r, rows)
			}
			placed[i].Rows[j] = first + r
		}
	}
	return placed, nil
}

// check reports a tally whose parts do not fit, as one from elsewhere may be.
func (t *Tally) check(classes, clients, rows int) error {
	wrong := func(what string) error { return fault.Corruptf("eval: a tally of client %d has %s", t.Owner, what) }
	if t.Owner < -1 || t.Owner >= clients {
		return wrong(fmt.Sprintf("an owner that is not among %d clients", clients))
	}
	for _, r := range t.Rows {
		if r < 0 || r >= rows {
			return wrong(fmt.Sprintf("test row %d of %d", r, rows))
		}
	}
	negative := func(n int64) bool { return n < 0 }
	for _, c := range []metric.Counts{t.ZeroShot, t.Global, t.Personal} {
		for _, list := range [][]int64{c.Correct, c.Total, c.Predicted} {
			there := c.Total != nil || list != nil
			if there && len(list) != classes || slices.ContainsFunc(list, negative) {
				return wrong(fmt.Sprintf("counts that are not of %d classes", classes))
			}
		}
	}
	for _, bits := range []metric.Rows{t.Right.Global, t.Right.Personal} {
		if bits != nil && len(bits) != (len(t.Rows)+7)/8 {
			return wrong(fmt.Sprintf("bits that are not of %d rows", len(t.Rows)))
		}
	}
	for _, r := range t.Reliability {
		if len(r) != classes {
			return wrong(fmt.Sprintf("reliability of %d of %d classes", len(r), classes))
		}
	}
	if n := len(t.Contribution); t.Contribution != nil && n != classes {
		return wrong(fmt.Sprintf("contributions of %d of %d classes", n, classes))
	}
	if s := t.Score; s != nil {
		for _, h := range []metric.Hits{s.ZeroShot, s.Global, s.Personal} {
			if h.Correct < 0 || h.Correct > h.Total {
				return wrong(fmt.Sprintf("%d of %d images right", h.Correct, h.Total))
			}
		}
	}
	for _, g := range t.Guesses {
		bad := func(c int32) bool { return c < 0 || int(c) >= classes }
		if len(g.Class) != len(t.Rows) || len(g.Probability) != len(t.Rows) || slices.ContainsFunc(g.Class, bad) {
			return wrong(fmt.Sprintf("predictions that are not of %d rows and %d classes", len(t.Rows), classes))
		}
	}
	return nil
}
