package lab

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// checkpointEvery is the number of rounds between checkpoints.
const checkpointEvery = 10

// engine is the training side of an experiment. Close it after use.
type engine struct {
	*experiment
	home *fed.Home
	eval *eval.Evaluator
	away *Federation // nil: the clients live here
}

func (x *experiment) engine() *engine {
	home := x.homeOf(x.partition.Clients)
	e := &engine{x, home, x.evaluator(home), nil}
	e.eval.Prepare(x.partition.Clients)
	return e
}

// homeOf is where clients live.
func (x *experiment) homeOf(shards []partition.Shard) *fed.Home {
	s := &x.spec
	home := fed.NewHome(s.build(x.head), x.head, x.trainOn, shards, seed.Root(s.Seed))
	home.Views, home.Crew = x.views, x.crew
	home.Loss = s.taskLoss()
	return home
}

// evaluator scores states of clients at a home.
func (x *experiment) evaluator(home *fed.Home) *eval.Evaluator {
	s := &x.spec
	v := &eval.Evaluator{
		Module: home.Module, Head: x.head, Test: x.testOn, Method: s.algorithm(), Metrics: s.tables.Metrics,
		Home:   func(int) *fed.Home { return home },
		Crew:   x.crew,
		Groups: x.groups, Balance: metric.Balance{Sigma: s.Sigma, Power: s.Power}, Workers: x.workers, Wise: 1 - s.Wise,
	}
	if s.PostAdjust > 0 {
		v.Subtract = logShares(x.partition.Counts, s.PostAdjust)
	}
	return v
}

func (e *engine) close() error { return e.home.Kept.Close() }

// build makes the module on a head, as the method trains it.
func (s *Spec) build(head peft.Head) peft.Module {
	module := s.bare(head)
	if m := s.algorithm(); m != nil {
		return method.On(m, module)
	}
	return module
}

// bare makes the module by itself.
func (s *Spec) bare(head peft.Head) peft.Module { return s.module.New(head, s.moduleOptions()) }

func (s *Spec) moduleOptions() peft.Options {
	if o, _ := option.Value(s.options["module"]).(peft.Options); o != nil {
		return o
	}
	return s.module.Options
}

// taskLoss is the loss with its options, if the method wears one.
func (s *Spec) taskLoss() fed.Loss {
	if !s.wears() {
		return fed.Loss{}
	}
	o, _ := option.Value(s.options["loss"]).(train.LossOptions)
	return fed.Loss{LossEntry: s.loss, Options: o}
}

// algorithm is the method with its options, and with what it wears; nil if nothing is trained.
func (s *Spec) algorithm() method.Method {
	m, _ := s.options["method"].(method.Method)
	if on, wears := s.options["personal"].(*purel.Residual); wears {
		return purel.Wear{Base: m.(purel.Base), Residual: *on}
	}
	return m
}

// fits reports a module that the method or the loss does not run on: of the data's size or, where that is not known, of
// a small one. Which tensors a module has does not depend on it.
func (s *Spec) fits(d *data) error {
	m := s.algorithm()
	if m == nil {
		return nil
	}
	probe := peft.Head{Text: f32.New(2, 2), Projection: f32.New(2, 2), Scale: 1}
	if d != nil && (d.head.Projection.Rows > 0 || !s.module.Projects) {
		probe = d.head
	}
	module := s.bare(headFor(probe, s.module))
	if err := method.Fits(m, module); err != nil {
		return err
	}
	if err := s.anchors(module); err != nil {
		return err
	}
	if picky, ok := s.taskLoss().Options.(interface{ Fits(peft.Module) error }); ok {
		return picky.Fits(module)
	}
	return nil
}

// logShares returns τ log π for the class shares π of all training data; a class without any counts as one image.
func logShares(counts []int, tau float64) []float32 {
	total := 0
	for _, n := range counts {
		total += n
	}
	out := make([]float32, len(counts))
	for c, n := range counts {
		out[c] = float32(tau * math.Log(float64(max(n, 1))/float64(total)))
	}
	return out
}

// zeroShot evaluates the encoder alone.
func (e *engine) zeroShot(ctx context.Context) (*eval.Outcome, error) { return e.fully(ctx, nil) }

// fully evaluates a state at once, in full.
func (e *engine) fully(ctx context.Context, state *fed.State) (*eval.Outcome, error) {
	if e.away == nil {
		return e.eval.Evaluate(ctx, state, eval.Full)
	}
	if err := e.away.Clients.Announce(ctx, state, eval.Full, e.eval.Subtract); err != nil {
		return nil, err
	}
	return e.announced(ctx, state, eval.Full)
}

// announced is the evaluation of a state by the clients elsewhere, which was asked for, and on what is here.
func (e *engine) announced(ctx context.Context, state *fed.State, d eval.Detail) (*eval.Outcome, error) {
	tallies, err := e.away.Clients.Tallies(ctx, state)
	if err != nil {
		return nil, err
	}
	if e.away.score != nil {
		own, err := e.away.score(ctx, state, d)
		if err != nil {
			return nil, err
		}
		tallies = append(tallies, own...)
	}
	return e.eval.Sum(tallies)
}

// train runs all rounds and evaluates, the last state in full. Without a folder nothing is written.
func (e *engine) train(
	ctx context.Context, dir string, how How,
) (state *fed.State, last *eval.Outcome, records []metric.Round, err error) {
	s := &e.spec
	plan := fed.Plan{
		Method: s.algorithm(), Rounds: s.Rounds, Extra: s.extra(), Fraction: s.Fraction, Everyone: s.everyone,
		Seed: e.home.Seed, Workers: e.workers, Names: e.partition.Names, Transport: how.transport,
		Dir: dir, CheckpointEvery: checkpointEvery, Resume: how.Resume, Observe: how.Observe,
	}
	evaluate := e.eval.Evaluate
	if e.away != nil {
		e.away.plan(ctx, &plan, s, e.eval.Subtract)
		evaluate = e.announced
	}
	plan.Evaluate = func(state *fed.State) (*metric.Scores, *metric.Right, error) {
		detail, evaluated := s.detail(state.Round)
		if !evaluated {
			return nil, nil, nil
		}
		o, err := evaluate(ctx, state, detail)
		if err != nil {
			return nil, nil, err
		}
		if detail == eval.Full {
			last = o
		}
		if !metric.Averages(state.Round, s.TotalRounds()) || e.unlabelled {
			return &o.Scores, nil, nil
		}
		return &o.Scores, &o.Right, nil
	}
	e.pace(&plan, how)
	if how.Trace != "" {
		recorder, failed := e.newTrace(how.Trace, e.home)
		if failed != nil {
			return nil, nil, nil, failed
		}
		defer func() { err = errors.Join(err, recorder.close()) }()
		plan.Trace = recorder.step
	}
	if state, records, err = fed.Run(ctx, e.home, plan); err != nil {
		return nil, nil, nil, err
	}
	for _, rec := range records { // some may be read from the journal
		if err := rec.Right.Check(e.test.Len()); err != nil {
			return nil, nil, nil, fault.Corruptf("%s, round %d: %w; train again in another folder",
				filepath.Join(dir, fed.RoundsFile), rec.Round, err)
		}
	}
	if last == nil { // resumed after its last round
		last, err = e.fully(ctx, state)
	}
	return state, last, records, err
}

// restored evaluates the checkpoint of a run folder.
func (e *engine) restored(ctx context.Context, dir string) (*fed.State, *eval.Outcome, error) {
	c, err := load(dir, e.home.Module, e.home.Kept)
	if err != nil {
		return nil, nil, err
	}
	state := &fed.State{Round: c.Round, Shared: c.Shared, Own: c.Own}
	last, err := e.eval.Evaluate(ctx, state, eval.Full)
	return state, last, err
}

func load(dir string, module peft.Module, into *kept.Store) (*saved.Checkpoint, error) {
	return saved.Load(filepath.Join(dir, fed.CheckpointDir), module.Layout().Size(), into)
}

// checkpoint checks a run's checkpoint, if it has one: methods without rounds and runs that have not come far do not.
func checkpoint(f *Folder, head peft.Head) error {
	if _, err := os.Stat(filepath.Join(f.Dir, fed.CheckpointDir)); os.IsNotExist(err) {
		return nil
	}
	// What clients keep goes into a scratch file: it is only to be read once.
	store := kept.NewStore(len(f.Partition.Clients), os.TempDir(), 1<<20)
	_, err := load(f.Dir, f.Spec.build(head), store)
	return errors.Join(err, store.Close())
}
