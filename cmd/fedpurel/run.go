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

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
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

// lab is a spec made flesh: cache, partition, module and evaluator, ready to train or to evaluate.
type lab struct {
	spec      Spec
	method    method.Entry
	cache     *cache.Cache
	train     *cache.Split
	test      *cache.Split
	partition *partition.Partition
	head      peft.Head
	module    peft.Module
	groups    []metric.Group
	workers   int
}

// openLab opens the cache and builds what the spec names. The partition comes from saved, or is made if saved is nil.
func openLab(s Spec, saved *partition.Partition, workers int) (*lab, error) {
	l := &lab{spec: s, partition: saved, workers: workers}
	if l.workers < 1 {
		l.workers = runtime.GOMAXPROCS(0)
	}
	var err error
	if l.method, err = method.Find(s.Method); err != nil {
		return nil, err
	}
	if l.cache, err = cache.Open(s.Cache); err != nil {
		return nil, err
	}
	for name, split := range map[string]**cache.Split{"train": &l.train, "test": &l.test} {
		if *split, err = l.cache.Split(name); err != nil {
			return nil, errors.Join(err, l.cache.Close())
		}
	}
	if l.partition == nil {
		if l.partition, err = partition.Make(l.train.Labels(), l.test.Labels(), len(l.cache.Manifest.Classes), s.partitionOptions()); err != nil {
			return nil, errors.Join(err, l.cache.Close())
		}
	}
	l.head = peft.Head{Text: l.cache.Text, Scale: float32(l.cache.Manifest.LogitScale.Value)}
	if l.module, err = peft.New(s.Module, l.head, s.moduleOptions()); err != nil {
		return nil, errors.Join(err, l.cache.Close())
	}
	l.groups = metric.Groups(l.partition.Counts)
	return l, nil
}

func (l *lab) close() { _ = l.cache.Close() } // read-only: nothing can be lost

func (l *lab) env(ctx context.Context) *fed.Env {
	return fed.NewEnv(ctx, l.module, l.head, l.train, l.partition.Clients, seed.Root(l.spec.Seed), l.workers)
}

func (l *lab) evaluator(initial []float32) *eval.Evaluator {
	e := &eval.Evaluator{
		Module: l.module, Head: l.head, Test: l.test, Personal: l.method.Personal, Averages: l.method.Averages,
		Groups: l.groups, Balance: metric.Balance{Sigma: l.spec.Sigma, Power: l.spec.Power}, Workers: l.workers, Initial: initial,
	}
	e.Prepare(l.partition.Clients)
	return e
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

// trainRun executes a spec in a run folder, from the start or from its checkpoint, and writes result.json.
func trainRun(ctx context.Context, s Spec, out string, resume bool, workers int, observe func(metric.Round)) (*metric.Result, error) {
	l, err := openLab(s, nil, workers)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := l.openFolder(out, resume); err != nil {
		return nil, err
	}
	env := l.env(ctx)
	e := l.evaluator(env.Initial)
	zero, err := e.Evaluate(ctx, nil, false)
	if err != nil {
		return nil, err
	}
	last, records := zero, []metric.Round(nil)
	if l.method.Trains {
		var state *fed.State
		state, records, err = fed.Run(ctx, env, fed.Plan{
			Method: l.method.New(s.methodOptions()), Rounds: s.Rounds, Fraction: s.Fraction,
			Dir: out, CheckpointEvery: 10, Resume: resume, Observe: observe,
			Evaluate: func(state *fed.State) (*metric.Scores, error) {
				if state.Round%s.EvalEvery != 0 && state.Round <= s.Rounds-averagedRounds {
					return nil, nil
				}
				o, err := e.Evaluate(ctx, state, state.Round%10 == 0 || state.Round > s.Rounds-10)
				if err != nil {
					return nil, err
				}
				return &o.Scores, nil
			},
		})
		if err != nil {
			return nil, err
		}
		if last, err = e.Evaluate(ctx, state, true); err != nil {
			return nil, err
		}
	}
	r := l.result(zero, last, records)
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
	var before Spec
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
