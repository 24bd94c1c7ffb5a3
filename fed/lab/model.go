package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Model is what a run learned, ready to predict: the global model or one client's own. Outcome.Model, Folder.Model and
// Tables.OpenModel open it. It may be used by several goroutines at once.
type Model struct {
	Card     Card
	Head     peft.Head   // frozen class embeddings, logit scale, and visual projection where rows come before it
	Module   peft.Module // nil where nothing was trained: the frozen head predicts
	Parts    []Part      // ℓ = Σ Weight · ℓ(Phi) − Subtract; none where nothing was trained
	Subtract []float32   // one number a class; nil: nothing is taken off
	// Projects: the module works on rows before Head.Projection. Else, where there is a projection, rows go through it
	// on their way to the module.
	Projects bool
}

// Part is a summand of a model: the module's logits at parameters, and their weight.
type Part struct {
	Weight float64
	Phi    []float32
}

// Logits predicts. The rows of x are features as the encoder gives them, (N,D) or, before its visual projection,
// (N,E); the logits (N,C) live in memory, nil allocates. Softmax of a row is the classes' probabilities.
func (m *Model) Logits(memory *f32.Arena, x f32.Matrix) f32.Matrix {
	if m.Module == nil {
		return m.Head.ZeroShot(memory, x)
	}
	if m.Head.Projection.Rows > 0 && !m.Projects {
		projected := memory.Matrix(x.Rows, m.Head.Projection.Rows)
		f32.MulT(projected, x, m.Head.Projection)
		x = projected
	}
	var model fed.Model
	for _, part := range m.Parts {
		model = append(model, fed.Of(part.Phi).Times(part.Weight))
	}
	logits, _ := model.Logits(memory, func(p fed.Part) (f32.Matrix, error) {
		phi, err := p.Phi(nil)
		return m.Module.At(memory, phi).Forward(memory, x, nil).Logits(), err
	}) // parameters at hand have no error
	if m.Subtract == nil {
		return logits
	}
	logits = memory.Clone(logits)
	for i := range logits.Rows {
		f32.Axpy(-1, m.Subtract, logits.Row(i))
	}
	return logits
}

// Probabilities are the softmax of Logits, (N,C).
func (m *Model) Probabilities(memory *f32.Arena, x f32.Matrix) f32.Matrix {
	logits := m.Logits(memory, x)
	p := memory.Matrix(logits.Rows, logits.Cols)
	for i := range p.Rows {
		f32.Softmax(p.Row(i), logits.Row(i))
	}
	return p
}

// Columns is the number of columns of the rows that the model predicts from.
func (m *Model) Columns() int {
	if m.Head.Projection.Rows > 0 {
		return m.Head.Projection.Cols
	}
	return m.Head.Text.Cols
}

// Model opens the global model, for an empty client, or that of a client: by its name or, where clients have none, by
// its number, from 1. What clients keep lies in the run's checkpoint, all else in its model folder.
func (f *Folder) Model(client string) (*Model, error) {
	k, err := clientCalled(&f.Partition, client)
	if err == nil {
		err = f.Spec.predicts()
	}
	if err != nil {
		return nil, err
	}
	m, err := f.model()
	if err != nil {
		return nil, err
	}
	if m, err = m.of(k, func() ([]Part, error) { return f.personal(m, k) }); err == nil && k >= 0 {
		m.settle(&f.Spec)
	}
	return m, err
}

// of makes a model that was read or learned that of a client, which has these parts, or leaves it everyone's, if there
// is one.
func (m *Model) of(client int, parts func() ([]Part, error)) (*Model, error) {
	var err error
	switch {
	case m.Module != nil && client >= 0:
		m.Parts, err = parts()
	case m.Module != nil && m.Parts == nil:
		err = m.Card.noGlobal()
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// model reads the model folder, without parts where there is no global model.
func (f *Folder) model() (*Model, error) {
	card, err := f.Card()
	if err != nil {
		return nil, err
	}
	m, err := f.Spec.readModel(card, filepath.Join(f.Dir, ModelDir))
	if err != nil {
		return nil, fmt.Errorf("model: %w; %s", err, writtenAgain)
	}
	return m, nil
}

// Card says what the run's model is. An unfinished run, and one of an older program, has none.
func (f *Folder) Card() (*Card, error) {
	c, err := readCard(filepath.Join(f.Dir, ModelDir, cardFile))
	switch {
	case errors.Is(err, os.ErrNotExist) && f.Result == nil:
		return nil, fault.Missingf("model: %s is unfinished; continue it with `fedpurel train … --resume`", f.Dir)
	case err != nil:
		return nil, fmt.Errorf("model: %w; %s", err, writtenAgain)
	case c.Cache != f.Env.Cache || c.Method != f.Spec.Method || c.Clients != len(f.Partition.Clients):
		return nil, fault.Mismatchf("model: the model folder of %s is of another run; %s", f.Dir, writtenAgain)
	}
	return c, nil
}

// OpenModel opens a model folder by itself, as one that was copied out of its run: the global model.
func (t Tables) OpenModel(dir string) (*Model, error) {
	card, err := readCard(filepath.Join(dir, cardFile))
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	given := Settings{"method": card.Method}
	if card.Module != "" {
		given["module"] = card.Module
	}
	s, _, err := t.resolve(nil, nil, given.Over(card.Options), false)
	if err != nil {
		return nil, fmt.Errorf("model: %s: %w", dir, err)
	}
	if err := s.predicts(); err != nil {
		return nil, err
	}
	m, err := s.readModel(card, dir)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return m.of(everyone, nil)
}

// writtenAgain is the remedy for a model folder that is damaged or not there.
const writtenAgain = "`fedpurel train … --resume` writes it again from the checkpoint"

// personal reads the parts of a client's model out of the checkpoint.
func (f *Folder) personal(m *Model, client int) ([]Part, error) {
	head := headFor(m.Head, f.Spec.module)
	if f.Spec.module.Inside != peft.Outside {
		var err error
		if head, err = f.inside(); err != nil {
			return nil, err
		}
		m.Module = f.Spec.build(head)
	}
	shards := make([]partition.Shard, len(f.Partition.Clients))
	home := fed.NewHome(m.Module, head, absent{}, shards, seed.Root(f.Spec.Seed))
	defer home.Kept.Close() // scratch: nothing can be lost
	c, err := saved.LoadOf(filepath.Join(f.Dir, fed.CheckpointDir), len(home.Initial), home.Kept, []int{client})
	if err != nil {
		return nil, err
	}
	return learned{&f.Spec, home, c.Shared}.parts(client)
}
