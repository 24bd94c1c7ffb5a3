package lab

import (
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/durable"
)

// Outcome is what a run found and learned. Close it after use; its models stay.
type Outcome struct {
	Result    *metric.Result
	everybody *Model // without parts where there is no global model
	learned   *learned
	partition *partition.Partition
	predicted map[string]saved.Predictions // of the test images, by the last evaluation
}

// outcome ends an experiment. The state is nil where nothing was trained.
func (e *engine) outcome(r *metric.Result, state *fed.State, last *eval.Outcome) (o *Outcome, err error) {
	m := &Model{Card: e.card(r), Head: wholeHead(e.cache), Projects: e.spec.module.Projects}
	e.home.Train = absent{} // the cache is closed
	o = &Outcome{r, m, &learned{spec: &e.spec, home: e.home}, e.partition, last.Predicted}
	if state == nil {
		return o, nil
	}
	m.Module, o.learned.shared = e.home.Module, state.Shared
	if tau := e.spec.PostAdjust; tau > 0 {
		m.Subtract = logShares(e.partition.Counts, tau)
	}
	if m.Parts, err = o.learned.parts(everyone); err == nil {
		m.settle(&e.spec)
	}
	return o, err
}

// Model is the global model, for an empty client, or that of a client, as Folder.Model has them.
func (o *Outcome) Model(client string) (*Model, error) {
	k, err := clientCalled(o.partition, client)
	if err != nil {
		return nil, err
	}
	e := o.everybody
	m := &Model{
		Card: e.Card, Head: e.Head, Module: e.Module, Parts: e.Parts, Subtract: e.Subtract, Projects: e.Projects,
	}
	m, err = m.of(k, func() ([]Part, error) {
		m.Module = o.learned.home.Module
		return o.learned.parts(k)
	})
	if err == nil && k >= 0 {
		m.settle(o.learned.spec)
	}
	return m, err
}

// write leaves the model folder, predictions and result.json in a run folder, the result last: it says that the run is
// finished.
func (o *Outcome) write(dir string) error {
	if err := o.everybody.write(filepath.Join(dir, ModelDir)); err != nil {
		return err
	}
	if len(o.Result.Classes) <= saved.MaxPredicted && o.predicted != nil {
		if err := saved.WritePredictions(filepath.Join(dir, saved.PredictionsFile), o.predicted); err != nil {
			return err
		}
	}
	return durable.WriteSealed(filepath.Join(dir, resultFile), o.Result)
}

// Close gives scratch files back.
func (o *Outcome) Close() error { return o.learned.home.Kept.Close() }
