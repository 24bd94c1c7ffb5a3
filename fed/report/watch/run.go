// Package watch shows runs while they train: their curves as far as they go, on a page served to this machine alone.
// It reads what training writes, spec.json and rounds.jsonl of every run, and writes nothing.
package watch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Files of a run folder that are read.
const (
	specFile   = "spec.json"
	roundsFile = "rounds.jsonl"
	resultFile = "result.json"
)

// run is one run, as far as it goes.
type run struct {
	dir      string
	spec     spec
	options  string // all of the spec but its seeds, in one form: equal in runs that differ in seeds alone
	rounds   []metric.Round
	last     time.Time // when the newest of them was written
	read     int64     // bytes of the journal that are whole lines
	finished bool
	zero     *metric.Scores // zero-shot's, of a run that is finished
}

// spec is what is shown of a run's settings.
type spec struct {
	Method, Label, Module string
	Rounds                int
}

// openRun reads what a run was asked for. The rest comes with its look.
func openRun(dir string) (*run, error) {
	data, err := os.ReadFile(filepath.Join(dir, specFile))
	if err != nil {
		return nil, fault.Missingf("watch: %w", err)
	}
	r := &run{dir: dir}
	all := map[string]any{}
	if err := errors.Join(json.Unmarshal(data, &r.spec), json.Unmarshal(data, &all)); err != nil {
		return nil, fault.Corruptf("watch: %s: %w", filepath.Join(dir, specFile), err)
	}
	delete(all, "seed")
	delete(all, "data_seed")
	options, err := json.Marshal(all)
	r.options = string(options)
	return r, err
}

// look reads what was written since the last look. A journal that is shorter than it was is read from its beginning:
// resuming writes it anew.
func (r *run) look() error {
	if r.finished {
		return nil
	}
	if err := r.grow(); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(r.dir, resultFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fault.Missingf("watch: %w", err)
	}
	var result struct {
		Zero metric.Scores `json:"zero_shot"`
	}
	if err := json.Unmarshal(data, &result); err != nil {
		return fault.Corruptf("watch: %s: %w", filepath.Join(r.dir, resultFile), err)
	}
	r.zero = &result.Zero
	if err := r.grow(); err != nil { // the last rounds may have come between the two looks
		return err
	}
	r.finished = true
	return nil
}

// grow reads the lines that were added to the journal. A last line without an end is still being written.
func (r *run) grow() error {
	path := filepath.Join(r.dir, roundsFile)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fault.Missingf("watch: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fault.Missingf("watch: %w", err)
	}
	if info.Size() < r.read {
		r.read, r.rounds = 0, nil
	}
	added, err := io.ReadAll(io.NewSectionReader(file, r.read, info.Size()-r.read))
	if err != nil {
		return fault.Missingf("watch: %s: %w", path, err)
	}
	whole := added[:bytes.LastIndexByte(added, '\n')+1]
	for line := range bytes.Lines(whole) {
		var rec metric.Round
		if err := json.Unmarshal(line, &rec); err != nil {
			return fault.Corruptf("watch: %s after line %d: %w", path, len(r.rounds), err)
		}
		rec.Cohort, rec.Right = nil, nil // many clients make the one large, many test images the other
		r.rounds, r.last = append(r.rounds, rec), info.ModTime()
	}
	r.read += int64(len(whole))
	return nil
}

// done is the number of the last round.
func (r *run) done() int {
	if len(r.rounds) == 0 {
		return 0
	}
	return r.rounds[len(r.rounds)-1].Round
}

// paced is how many of the last rounds say how fast a run is.
const paced = 10

// pace is the time that a round takes, and left the time to the end; 0 where there is no round yet.
func (r *run) pace() (round, left time.Duration) {
	newest := r.rounds[max(0, len(r.rounds)-paced):]
	if len(newest) == 0 {
		return 0, 0
	}
	seconds := 0.0
	for _, rec := range newest {
		seconds += rec.Seconds
	}
	round = time.Duration(seconds / float64(len(newest)) * float64(time.Second))
	return round, round * time.Duration(max(0, r.spec.Rounds-r.done()))
}

// quiet is how long nothing was heard of a run that is not finished, once that is far longer than a round takes.
func (r *run) quiet(now time.Time) time.Duration {
	round, _ := r.pace()
	silence := now.Sub(r.last)
	if r.finished || len(r.rounds) == 0 || silence < max(time.Minute, 10*round) {
		return 0
	}
	return silence
}
