package fedtest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
)

// Outcome is all that a run leaves behind.
type Outcome struct {
	State   *fed.State
	Records []metric.Round
	Kept    map[string][][]float32 // what the clients keep, by name and client; nil where a client keeps nothing
}

// Run runs a plan at a home. Seed and, where they are not given, fraction 1 are the problem's.
func Run(ctx context.Context, home *fed.Home, p fed.Plan) (Outcome, error) {
	p.Seed = home.Seed
	if p.Fraction == 0 {
		p.Fraction = 1
	}
	state, records, err := fed.Run(ctx, home, p)
	if err != nil {
		return Outcome{}, errors.Join(err, home.Kept.Close())
	}
	o := Outcome{State: state, Records: records, Kept: map[string][][]float32{}}
	for _, name := range home.Kept.Names() {
		for k := range home.Shards {
			v, err := home.Kept.Get(name, k, nil)
			if err != nil {
				return o, err
			}
			o.Kept[name] = append(o.Kept[name], slices.Clone(v))
		}
	}
	return o, home.Kept.Close()
}

// MustRun is Run where nothing goes wrong.
func MustRun(t testing.TB, home *fed.Home, p fed.Plan) Outcome {
	t.Helper()
	o, err := Run(t.Context(), home, p)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Identical fails unless both outcomes are equal bit for bit, apart from times.
func Identical(t testing.TB, got, want Outcome) {
	t.Helper()
	if !reflect.DeepEqual(got.State, want.State) {
		t.Error("the states differ")
	}
	if !reflect.DeepEqual(got.Kept, want.Kept) {
		t.Error("what the clients keep differs")
	}
	if a, b := Lines(t, got.Records), Lines(t, want.Records); a != b {
		t.Errorf("the records differ:\n%s\n%s", a, b)
	}
}

// Lines are the records of rounds as rounds.jsonl has them, without times.
func Lines(t testing.TB, records []metric.Round) string {
	t.Helper()
	records = slices.Clone(records)
	var lines strings.Builder
	for _, r := range records {
		r.Seconds = 0
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	return lines.String()
}
