// Package tensorboard writes the rounds of a run as TensorBoard reads them: scalars by round, in event files below a
// run folder. Each opening begins a file of its own, numbered, and goes on after the last round that is there.
//
//	global/accuracy            of the global model on the whole test split
//	global/accuracy_few        the same of a group of classes; so with every metric, under its Called name
//	on_local/…, personal/…     of the models on the clients' own test images
//	divergence/tkl             how far the global model is from zero-shot
//	training/drift             what training tells of a round: losses, drift, angles
//	training/floats            numbers sent in the round; training/seconds its time
package tensorboard

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Folder is where the event files lie in a run folder.
const Folder = "tensorboard"

// prefix of the names of event files, by which TensorBoard knows them; it reads them in the order of their names.
const prefix = "events.out.tfevents."

// Log is an event file that grows. It is one goroutine's.
type Log struct {
	file    *os.File // nil before its first round
	path    string
	metrics metric.Table
	now     func() time.Time
	last    int // round that is there already
}

// Open prepares an event file in the run folder dir; it begins with the first round that is added. With resume, rounds
// that earlier files hold are not added again. Metrics are called as the table says, now is the clock by which rounds
// are dated.
func Open(dir string, resume bool, metrics metric.Table, now func() time.Time) (*Log, error) {
	l := &Log{metrics: metrics, now: now}
	dir = filepath.Join(dir, Folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	number := 0
	for _, e := range entries {
		name, is := strings.CutPrefix(e.Name(), prefix)
		if n, err := strconv.Atoi(name); !is || err != nil {
			continue
		} else if number = n; !resume {
			continue
		}
		at, err := lastStep(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("tensorboard: %w", err)
		}
		l.last = max(l.last, at)
	}
	l.path = filepath.Join(dir, fmt.Sprintf("%s%06d", prefix, number+1))
	return l, nil
}

// begin makes the file.
func (l *Log) begin() (err error) {
	if l.file, err = os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return l.write(versionEvent(l.now()))
}

// Add writes the scalars of a round, unless they are there already: all of them in one record, so that a program that
// is killed leaves whole rounds.
func (l *Log) Add(rec metric.Round) error {
	if rec.Round <= l.last {
		return nil
	}
	if l.file == nil {
		if err := l.begin(); err != nil {
			return err
		}
	}
	l.last = rec.Round
	return l.write(roundEvent(l.now(), rec.Round, l.scalars(rec)))
}

// Close ends the file, if there is one.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

func (l *Log) write(event []byte) error {
	if _, err := l.file.Write(record(event)); err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	return nil
}

// scalar is a number under its tag.
type scalar struct {
	tag   string
	value float64
}

// allGroups are the groups of classes that there can be, in the order of scores.
var allGroups = metric.Groups(nil)

// scalars are the numbers of a round, in a fixed order.
func (l *Log) scalars(rec metric.Round) (all []scalar) {
	if rec.Scores != nil {
		for f := range l.metrics.Figures(rec.Scores, allGroups) {
			all = append(all, scalar{f.Tag(), f.Value})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Diagnosis)) {
		all = append(all, scalar{metric.TrainingTag(name), rec.Diagnosis[name]})
	}
	return append(all, scalar{metric.TrainingTag("floats"), float64(rec.Floats)},
		scalar{metric.TrainingTag("seconds"), rec.Seconds})
}
