package hub

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Same says in a line the first thing that two finished runs found differently; it is empty if there is none. Compared
// are result.json but for what it is called and on which cache and division it was made, and every round but for its
// time.
func Same(one, other string) (string, error) {
	a, err := found(one)
	if err != nil {
		return "", err
	}
	b, err := found(other)
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
func found(dir string) (all []piece, err error) {
	data, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		return nil, fault.Missingf("hub: %w", err)
	}
	var r metric.Result
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fault.Corruptf("hub: %s: %w", dir, err)
	}
	r.Provenance.Cache, r.Provenance.Division, r.Label, r.Title = "", "", "", ""
	add := func(what string, v any) error {
		text, err := json.MarshalIndent(v, "", " ")
		all = append(all, piece{what, text})
		return err
	}
	if err := add("result.json", r); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, fed.RoundsFile))
	if errors.Is(err, os.ErrNotExist) {
		return all, nil // nothing was trained
	}
	if err != nil {
		return nil, fault.Missingf("hub: %w", err)
	}
	defer f.Close() // read-only
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		var rec metric.Round
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			return nil, fault.Corruptf("hub: rounds of %s: %w", dir, err)
		}
		rec.Seconds = 0
		if err := add(fmt.Sprintf("round %d", rec.Round), rec); err != nil {
			return nil, err
		}
	}
	return all, lines.Err()
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
