package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Files of a run folder, beside those that package fed writes.
const (
	specFile      = "spec.json"
	envFile       = "env.json"
	partitionFile = "partition.json"
	resultFile    = "result.json"
)

// environment is env.json: where a result comes from, and what must be the same to continue it.
type environment struct {
	Program     string `json:"program"`
	Go          string `json:"go"`
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Workers     int    `json:"workers"`
	Cache       string `json:"cache_fingerprint"`
	TrainLabels string `json:"train_labels_sha256"`
	TestLabels  string `json:"test_labels_sha256"`
	Partition   string `json:"partition_sha256"`
	CacheFolder string `json:"cache_folder"`
}

func (l *lab) environment() (environment, error) {
	division, err := partitionHash(l.partition)
	if err != nil {
		return environment{}, err
	}
	folder, err := filepath.Abs(l.spec.Cache)
	return environment{
		Program: version(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Workers: l.workers,
		Cache: l.cache.Manifest.Fingerprint, TrainLabels: labelHash(l.train.Labels()), TestLabels: labelHash(l.test.Labels()),
		Partition: division, CacheFolder: folder,
	}, err
}

// runHow says how a run is executed; nothing of it changes the result.
type runHow struct {
	resume  bool
	workers int
	trace   string // folder to record the run in, for a replay; empty: none
	observe func(metric.Round)
}

// trainRun executes a spec in a run folder, from the start or from its checkpoint, and writes result.json.
func trainRun(ctx context.Context, s Spec, out string, o runHow) (r *metric.Result, err error) {
	l, err := openLab(s, nil, o.workers)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := l.openFolder(out, o.resume); err != nil {
		return nil, err
	}
	env := l.env(ctx)
	if o.trace != "" {
		recorder, failed := newTrace(o.trace, l, env)
		if failed != nil {
			return nil, failed
		}
		defer func() { err = errors.Join(err, recorder.close()) }()
		env.Trace = recorder.step
	}
	e := l.evaluator(env.Start)
	zero, err := e.Evaluate(ctx, nil, eval.Full)
	if err != nil {
		return nil, err
	}
	last, records := zero, []metric.Round(nil)
	if l.method.Trains {
		var state *fed.State
		last = nil
		state, records, err = fed.Run(ctx, env, fed.Plan{
			Method: l.method.New(s.methodOptions()), Rounds: s.totalRounds(), Fraction: s.Fraction, Everyone: s.everyone,
			Dir: out, CheckpointEvery: 10, Resume: o.resume, Observe: o.observe,
			Evaluate: func(state *fed.State) (*metric.Scores, error) {
				if !metric.Evaluates(state.Round, s.totalRounds(), s.EvalEvery) {
					return nil, nil
				}
				detail := eval.Accuracy
				switch {
				case state.Round == s.totalRounds():
					detail = eval.Full
				case metric.Diverges(state.Round, s.totalRounds()):
					detail = eval.Divergence
				}
				o, err := e.Evaluate(ctx, state, detail)
				if err != nil {
					return nil, err
				}
				if detail == eval.Full {
					last = o
				}
				return &o.Scores, nil
			},
		})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, state.Personal.Close()) }()
		if last == nil { // resumed after its last round
			if last, err = e.Evaluate(ctx, state, eval.Full); err != nil {
				return nil, err
			}
		}
	}
	r = l.result(zero, last, records)
	return r, durable.WriteJSON(filepath.Join(out, resultFile), r)
}

// openFolder makes the run folder, or checks that an existing one can be continued.
func (l *lab) openFolder(out string, resume bool) error {
	env, err := l.environment()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, specFile)); err == nil {
		if !resume {
			return fault.Usagef("%s already holds a run; continue it with --resume or choose another --out", out)
		}
		return l.sameRun(out, env)
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open run folder: %w", err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make run folder: %w", err)
	}
	if err := durable.WriteJSON(filepath.Join(out, partitionFile), l.partition); err != nil {
		return err
	}
	if err := durable.WriteJSON(filepath.Join(out, envFile), env); err != nil {
		return err
	}
	return durable.WriteJSON(filepath.Join(out, specFile), l.spec)
}

// sameRun refuses to continue a run under another spec or on other data.
func (l *lab) sameRun(out string, env environment) error {
	before := defaultSpec() // of options that are newer than the run
	var was environment
	if err := readJSON(filepath.Join(out, specFile), &before); err != nil {
		return err
	}
	if err := readJSON(filepath.Join(out, envFile), &was); err != nil {
		return err
	}
	before.Cache = l.spec.Cache // a cache may move; its content is compared below
	if d := l.spec.difference(before); d != "" {
		return fault.Usagef("cannot resume %s: %s; use the same options or another --out", out, d)
	}
	if was.Cache != env.Cache || was.Partition != env.Partition {
		return fault.Usagef("cannot resume %s: the cache or the partition is another one than it was started with", out)
	}
	return nil
}

// readRun reads what identifies a run. Options that are newer than the run have their defaults.
func readRun(dir string) (s Spec, env environment, p partition.Partition, err error) {
	s = defaultSpec()
	for name, v := range map[string]any{specFile: &s, envFile: &env, partitionFile: &p} {
		if err = readJSON(filepath.Join(dir, name), v); err != nil {
			break
		}
	}
	return s, env, p, err
}

// readJSON reads a file that this program wrote.
func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fault.Missingf("read run: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fault.Corruptf("read run: %s: %w", path, err)
	}
	return nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// partitionHash identifies who owns which row.
func partitionHash(p *partition.Partition) (string, error) {
	data, err := json.Marshal(p)
	return hash(data), err
}

// labelHash identifies a sequence of labels, whatever file they come from.
func labelHash(labels []int32) string {
	b := make([]byte, 0, 4*len(labels))
	for _, y := range labels {
		b = append(b, byte(y), byte(y>>8), byte(y>>16), byte(y>>24))
	}
	return hash(b)
}
