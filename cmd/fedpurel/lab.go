package main

import (
	"context"
	"errors"
	"math"
	"runtime"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// lab is a spec made flesh: cache, partition, module and evaluator, ready to train or to evaluate.
type lab struct {
	spec      Spec
	method    method.Entry
	cache     *cache.Cache
	train     *cache.Split
	test      *cache.Split
	trainOn   fed.Source // what the module sees of train and test
	testOn    fed.Source
	views     fed.Viewer // of the training images, as the module sees them
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
		if l.partition, err = divide(s, l.cache, l.train, l.test); err != nil {
			return nil, errors.Join(err, l.cache.Close())
		}
	}
	l.head = headOf(l.cache, s.Module)
	l.trainOn, l.testOn, l.views = l.train, l.test, l.train
	if s.Views && l.train.Views() == 0 {
		return nil, errors.Join(fault.Usagef("--views: %s holds no views of its images; make it with `fedpurel featurize --views K`", s.Cache), l.cache.Close())
	}
	if p := l.cache.Projection; p.Rows > 0 && l.head.Projection.Rows == 0 { // the module works on embeddings
		train := projected{l.train, p}
		l.trainOn, l.testOn, l.views = train, projected{l.test, p}, train
	}
	if l.module, err = peft.New(s.Module, l.head, s.moduleOptions()); err != nil {
		return nil, errors.Join(err, l.cache.Close())
	}
	l.groups = metric.Groups(l.partition.Counts)
	return l, nil
}

// headOf is the frozen classifier of a cache, with the visual projection if the module works before it.
func headOf(c *cache.Cache, module string) peft.Head {
	h := peft.Head{Text: c.Text, Scale: float32(c.Manifest.LogitScale.Value)}
	if module == "projection" {
		h.Projection = c.Projection
	}
	return h
}

func (l *lab) close() { _ = l.cache.Close() } // read-only: nothing can be lost

func (l *lab) env(ctx context.Context) *fed.Env {
	env := fed.NewEnv(ctx, l.module, l.head, l.trainOn, l.partition.Clients, seed.Root(l.spec.Seed), l.workers)
	if l.spec.Views {
		env.Views = l.views
	}
	switch l.spec.Start {
	case "global":
		env.Start = nil
	case "zeroshot":
		env.Start = append([]float32{}, env.Initial...)
		l.module.Anchor(env.Start)
	}
	return env
}

func (l *lab) evaluator(start []float32) *eval.Evaluator {
	e := &eval.Evaluator{
		Module: l.module, Head: l.head, Test: l.testOn, Personal: l.method.Personal, Averages: l.method.Averages,
		Groups: l.groups, Balance: metric.Balance{Sigma: l.spec.Sigma, Power: l.spec.Power}, Workers: l.workers, Start: start,
		Wise: 1 - l.spec.Wise,
	}
	if l.spec.PostAdjust > 0 {
		e.Subtract = l.logShares(l.spec.PostAdjust)
	}
	e.Prepare(l.partition.Clients)
	return e
}

// logShares returns τ log π for the class shares π of all training data; a class without any counts as one image.
func (l *lab) logShares(tau float64) []float32 {
	total := 0
	for _, n := range l.partition.Counts {
		total += n
	}
	out := make([]float32, len(l.partition.Counts))
	for c, n := range l.partition.Counts {
		out[c] = float32(tau * math.Log(float64(max(n, 1))/float64(total)))
	}
	return out
}
