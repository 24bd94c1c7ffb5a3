package lab

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// engine is the training side of an experiment.
type engine struct {
	*experiment
	module peft.Module
	env    *fed.Env
	eval   *eval.Evaluator
}

func (x *experiment) engine(ctx context.Context) *engine {
	s, module := &x.spec, x.spec.build(x.head)
	e := &engine{experiment: x, module: module}
	e.env = fed.NewEnv(ctx, module, x.head, x.trainOn, x.partition.Clients, seed.Root(s.Seed), x.workers)
	e.env.Views = x.views
	switch s.Value("personal_start") {
	case "global":
		e.env.Start = nil
	case "zeroshot":
		e.env.Start = append([]float32{}, e.env.Initial...)
		module.Anchor(e.env.Start)
	}
	e.eval = &eval.Evaluator{
		Module: module, Head: x.head, Test: x.testOn, Personal: s.method.Personal, Averages: s.method.Averages,
		Groups: x.groups, Balance: metric.Balance{Sigma: s.Sigma, Power: s.Power}, Workers: x.workers,
		Start: e.env.Start, Wise: 1 - s.Wise,
	}
	if s.PostAdjust > 0 {
		e.eval.Subtract = x.logShares(s.PostAdjust)
	}
	e.eval.Prepare(x.partition.Clients)
	return e
}

// build makes the module on a head.
func (s *Spec) build(head peft.Head) peft.Module {
	o := peft.DefaultOptions()
	if m, ok := s.options["module"].(interface{ shape(*peft.Options) }); ok {
		m.shape(&o)
	}
	return s.module.New(head, o)
}

// logShares returns τ log π for the class shares π of all training data; a class without any counts as one image.
func (x *experiment) logShares(tau float64) []float32 {
	total := 0
	for _, n := range x.partition.Counts {
		total += n
	}
	out := make([]float32, len(x.partition.Counts))
	for c, n := range x.partition.Counts {
		out[c] = float32(tau * math.Log(float64(max(n, 1))/float64(total)))
	}
	return out
}

// zeroShot evaluates the encoder alone.
func (e *engine) zeroShot(ctx context.Context) (*eval.Outcome, error) {
	return e.eval.Evaluate(ctx, nil, eval.Full)
}

// train runs all rounds and evaluates, the last state in full. Without a folder, rounds and checkpoints lie in a
// temporary one.
func (e *engine) train(
	ctx context.Context, dir string, how How,
) (last *eval.Outcome, records []metric.Round, err error) {
	s := &e.spec
	if dir == "" {
		if dir, err = os.MkdirTemp("", "fedpurel-*"); err != nil {
			return nil, nil, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if how.Trace != "" {
		recorder, failed := e.newTrace(how.Trace, e.module.Layout(), e.env.Initial, e.env.Start)
		if failed != nil {
			return nil, nil, failed
		}
		defer func() { err = errors.Join(err, recorder.close()) }()
		e.env.Trace = func(s fed.Step) error {
			return recorder.step(traceStep{
				Client: s.Client, Round: s.Round, Rows: s.Rows, Stage: s.Stage, Step: s.Step, Views: s.Views,
			}, s.Mask)
		}
	}
	state, records, err := fed.Run(ctx, e.env, fed.Plan{
		Method: s.algorithm(), Rounds: s.TotalRounds(), Fraction: s.Fraction, Everyone: s.everyone,
		Dir: dir, CheckpointEvery: 10, Resume: how.Resume, Observe: how.Observe,
		Evaluate: func(state *fed.State) (*metric.Scores, error) {
			detail, evaluated := s.detail(state.Round)
			if !evaluated {
				return nil, nil
			}
			o, err := e.eval.Evaluate(ctx, state, detail)
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
		return nil, nil, err
	}
	if last == nil { // resumed after its last round
		last, err = e.eval.Evaluate(ctx, state, eval.Full)
	}
	return last, records, errors.Join(err, state.Personal.Close())
}

// restored evaluates the checkpoint of a run folder.
func (e *engine) restored(ctx context.Context, dir string) (*eval.Outcome, int, error) {
	state, err := load(dir, e.module, len(e.partition.Clients))
	if err != nil {
		return nil, 0, err
	}
	defer state.Personal.Close() // scratch: nothing can be lost
	last, err := e.eval.Evaluate(ctx, state, eval.Full)
	return last, state.Round, err
}

func load(dir string, module peft.Module, clients int) (*fed.State, error) {
	return fed.LoadCheckpoint(filepath.Join(dir, fed.CheckpointDir), module.Layout().Size(), clients)
}

// checkpoint checks a run's checkpoint, if it has one: methods without rounds and runs that have not come far do not.
func checkpoint(f *Folder, head peft.Head) error {
	if _, err := os.Stat(filepath.Join(f.Dir, fed.CheckpointDir)); os.IsNotExist(err) {
		return nil
	}
	state, err := load(f.Dir, f.Spec.build(head), len(f.Partition.Clients))
	if err != nil {
		return err
	}
	return state.Personal.Close()
}

// algorithm is the method with its options; one from outside is an algorithm itself.
func (s *Spec) algorithm() fed.Method {
	o := method.Default(s.module.Entry)
	if a, ok := s.options["loss"].(*Adjusted); ok {
		o = a.engine(o)
	}
	switch m := s.options["method"].(type) {
	case fed.Method:
		return m
	case *FedAvg:
		o = m.engine(o)
		o.Diagnose = m.Diagnose
		return method.FedAvg{Options: o}
	case *Local:
		o = m.engine(o)
		o.Diagnose = m.Diagnose
		return method.Local{Options: o}
	case *FedPuReL:
		o = m.engine(o)
		if m.PersonalRounds > 0 {
			o.Personal.After = s.Rounds
		}
		return method.FedPuReL{Options: o}
	}
	panic("lab: " + s.Method + " has no rounds")
}
