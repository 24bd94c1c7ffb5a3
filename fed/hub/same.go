package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Same says in a line the first thing that two finished runs found differently; it is empty if there is none. Compared
// are result.json but for what it is called and on which cache and division it was made, and every round but for its
// time.
func Same(tables lab.Tables, one, other string) (string, error) {
	a, err := found(tables, one)
	if err != nil {
		return "", err
	}
	b, err := found(tables, other)
	if err != nil {
		return "", err
	}
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i].text, b[i].text) {
			return fmt.Sprintf("%s: %s", a[i].what, differ(a[i].text, b[i].text)), nil
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d and %d rounds", len(a)-1, len(b)-1), nil
	}
	return "", nil
}

// piece is a part of what a run found.
type piece struct {
	what string
	text []byte
}

// found reads what a run found: the result first, then its rounds.
func found(tables lab.Tables, dir string) (all []piece, err error) {
	run, err := tables.Open(dir)
	if err != nil {
		return nil, err
	}
	r := run.Result
	if r == nil {
		return nil, fault.Missingf("hub: the run %s is unfinished", dir)
	}
	records := []metric.Round{}
	if r.Rounds > 0 {
		if records, err = saved.Rounds(filepath.Join(dir, fed.RoundsFile), r.Rounds); err != nil {
			return nil, err
		}
	}
	r.Provenance.Cache, r.Provenance.Division, r.Label, r.Title = "", "", "", ""
	add := func(what string, v any) error {
		text, err := json.MarshalIndent(v, "", " ")
		all = append(all, piece{what, text})
		return err
	}
	err = add("result.json", r)
	for _, rec := range records {
		rec.Seconds = 0
		err = errors.Join(err, add(fmt.Sprintf("round %d", rec.Round), rec))
	}
	return all, err
}

// differ shows the first lines in which two texts differ.
func differ(a, b []byte) string {
	one, other := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(one), len(other)) {
		if !bytes.Equal(one[i], other[i]) {
			return fmt.Sprintf("%.100s and %.100s", bytes.TrimSpace(one[i]), bytes.TrimSpace(other[i]))
		}
	}
	return fmt.Sprintf("%d and %d lines", len(one), len(other))
}
