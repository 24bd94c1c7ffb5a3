// Package lab is the experiment: from settings to a result. What the commands train, compare, partition and eval do, a
// program does with it.
//
//	Settings    options by name, what somebody chose: a spec file, a command line, a map in a program
//	Tables      the plug-ins that settings may name; Default has those that are built in, a program adds its own rows
//	Spec        settings resolved: everything that decides a result, and nothing that nothing reads
//	Run         a spec's result, in a run folder, where an interrupted run is continued, or in memory
//	Train       the same, and the models that were learned
//	Folder      a run folder read again: verified, evaluated anew, or asked for its models
//	Model       what predicts: the global model or one client's own
//
// Precedence is defaults < data < preset < spec file < flags: where the cache is there, what it holds decides what is
// open of tail, partition, number of clients and learning rates, see Tables.Spec. Options belong to what reads them:
// General has those of no plug-in, and every method, module, loss, partitioner and long tail has a small struct beside
// it, see package option. What is given and read by nothing in the run is refused, naming what does read it. What is
// not given is open, and not zero: a learning rate of 0 is one.
//
// A run folder holds spec.json, env.json (versions, hashes, what the user typed and when), partition.json,
// test.labels.npy, rounds.jsonl, checkpoint/, model/, test.predictions.npy and result.json. All that predicting needs
// lies in it, so that it may be moved, or go without its cache: in model/ what predicts for everybody, and in
// checkpoint/ what clients keep, which may be much and is not stored twice.
// env.json, result.json, model/card.json, checkpoint/latest.json and each line of rounds.jsonl end with a checksum of
// their own, "seal"; env.json has that of partition.json and of the labels, card.json and latest.json those of the
// arrays; predictions must agree with the counts of result.json. Whoever reads a file compares it.
//
// The result depends on the spec alone, not on workers or interruptions.
package lab

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// How says how a run is executed; nothing of it changes the result.
type How struct {
	Resume  bool               // continue what the folder holds, from its last checkpoint
	Workers int                // clients trained at once; 0: one a core
	Trace   string             // new folder to record the run in, for a replay elsewhere; empty: none
	Observe func(metric.Round) // hears of every round, those that are replayed included; may be nil
	Step    func(Steps)        // hears of every step of training, from several goroutines; may be nil
	Notice  func(string)       // hears, before training, what somebody should know of a run that begins; may be nil
	Program string             // what env.json calls the program
	Command string             // what was typed, for env.json; see Typed
	Date    string             // of today in UTC, as 2026-01-31, for env.json
	// NoVerify takes the cache as it is. Else its arrays are compared with their hashes, once as long as they stay.
	NoVerify bool

	transport fed.Transport // for tests
}

// Run executes a spec in the run folder dir, from the start or from its checkpoint, and writes result.json and the
// model folder there. With an empty dir nothing is kept but what is returned. The folder is this process's alone while
// the run goes on.
func Run(ctx context.Context, s Spec, dir string, how How) (*metric.Result, error) {
	o, err := Train(ctx, s, dir, how)
	if err != nil {
		return nil, err
	}
	return o.Result, o.Close()
}

// Train is Run for who wants the models, too, out of memory.
func Train(ctx context.Context, s Spec, dir string, how How) (o *Outcome, err error) {
	switch {
	case how.Trace != "" && how.Resume:
		return nil, fault.Usagef("--trace records whole runs: it does not go with --resume")
	case how.Trace != "" && !s.Trains():
		return nil, fault.Usagef("--trace records training: --method %s does not train", s.Method)
	case how.Trace != "" && exists(how.Trace):
		return nil, traceExists(how.Trace)
	}
	x, err := open(ctx, s, nil, how)
	if err != nil {
		return nil, err
	}
	defer x.close()
	if dir != "" {
		if how.Resume && exists(filepath.Join(dir, SpecFile)) {
			how.Notice = nil // all was said when the run began
		}
		release, err := x.openFolder(dir, how)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	e := x.engine()
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	return e.run(ctx, dir, how)
}

// run trains from the start or from the folder's checkpoint, and leaves what a run's end leaves.
func (e *engine) run(ctx context.Context, dir string, how How) (o *Outcome, err error) {
	zero, err := e.zeroShot(ctx)
	if err != nil {
		return nil, err
	}
	how.tell(e.warnings(zero.Scores.Global.Value(metric.Accuracy))...)
	state, last, records := (*fed.State)(nil), zero, []metric.Round(nil)
	if e.spec.Trains() {
		if state, last, records, err = e.train(ctx, dir, how); err != nil {
			return nil, err
		}
	}
	r, err := e.result(zero, last, records)
	if err != nil {
		return nil, err
	}
	if r.Unseen, err = e.newcomers(ctx, state); err != nil {
		return nil, err
	}
	if o, err = e.outcome(r, state, last); err != nil || dir == "" {
		return o, err
	}
	return o, o.write(dir)
}

// tell passes sentences on, if anybody listens.
func (how How) tell(sentences ...string) {
	for _, s := range sentences {
		if s != "" && how.Notice != nil {
			how.Notice(s)
		}
	}
}

// detail says whether a state of so many finished rounds is evaluated, and how thoroughly.
func (s *Spec) detail(round int) (d eval.Detail, evaluated bool) {
	total := s.TotalRounds()
	switch {
	case !metric.Evaluates(round, total, s.EvalEvery):
		return d, false
	case round == total:
		return eval.Full, true
	case metric.Diverges(round, total):
		return eval.Divergence, true
	}
	return eval.Accuracy, true
}
