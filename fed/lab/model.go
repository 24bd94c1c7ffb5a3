package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Model is what a run learned, ready to predict: the global model or one client's own. Open it by Folder.Model. It may
// be used by several goroutines at once.
type Model struct {
	Card     Card
	Head     peft.Head   // frozen class embeddings, logit scale, and the visual projection where the encoder's rows need it
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

// Columns is the number of columns of the rows that the model predicts from.
func (m *Model) Columns() int {
	if m.Head.Projection.Rows > 0 {
		return m.Head.Projection.Cols
	}
	return m.Head.Text.Cols
}

// Model opens the global model, for an empty client, or that of a client: by its name or, where clients have none, by
// its number, from 1.
func (f *Folder) Model(client string) (*Model, error) {
	k, err := f.client(client)
	if err != nil {
		return nil, err
	}
	held, err := cache.Map(f.Spec.Cache)
	if err != nil {
		return nil, err
	}
	defer held.Close() // read-only
	m := &Model{Card: f.card(held.Manifest), Head: wholeHead(held), Projects: f.Spec.module.Projects}
	if !f.Spec.Trains() {
		return m, nil
	}
	head := headFor(m.Head, f.Spec.module)
	m.Module = f.Spec.build(head)
	if f.Spec.PostAdjust > 0 {
		m.Subtract = logShares(f.Partition.Counts, f.Spec.PostAdjust)
	}
	m.Parts, err = f.parts(head, m.Module, k)
	return m, err
}

// parts reads a model out of the checkpoint: the global one for client −1.
func (f *Folder) parts(head peft.Head, module peft.Module, client int) (parts []Part, err error) {
	home := fed.NewHome(module, head, absent{}, make([]partition.Shard, len(f.Partition.Clients)), seed.Root(f.Spec.Seed))
	defer home.Kept.Close() // scratch: nothing can be lost
	c, err := load(f.Dir, module, home.Kept)
	if err != nil {
		return nil, err
	}
	method, shared := f.Spec.algorithm(), fed.Message(c.Shared)
	global := method.Global(shared)
	if global != nil && f.Spec.Wise < 1 {
		shared = shared.With("phi", eval.Wise(module, shared["phi"], 1-f.Spec.Wise))
		global = method.Global(shared)
	}
	model := global
	if client >= 0 {
		asked := home.Client(context.Background(), client)
		model = method.Personal(asked, shared)
		if err := asked.Err(); err != nil {
			return nil, err
		}
	}
	for _, part := range model {
		phi, err := part.Phi(nil)
		if err != nil {
			return nil, err
		}
		parts = append(parts, Part{Weight: part.Weight, Phi: slices.Clone(phi)})
	}
	if parts == nil {
		return nil, fault.Usagef("model: --method %s has no global model; name one of its clients: %s",
			f.Spec.Method, f.known())
	}
	return parts, nil
}

// client finds a client by its name or number; an empty name is −1, everybody.
func (f *Folder) client(name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if names := f.Partition.Names; names != nil {
		if k := slices.Index(names, name); k >= 0 {
			return k, nil
		}
		return 0, fault.Usagef("model: unknown client %q;%s known: %s",
			name, fault.DidYouMean(name, names), f.known())
	}
	if k, err := strconv.Atoi(name); err == nil && k >= 1 && k <= len(f.Partition.Clients) {
		return k - 1, nil
	}
	return 0, fault.Usagef("model: unknown client %q; known: %s", name, f.known())
}

// known lists the clients by what they are called: the first ones of many.
func (f *Folder) known() string {
	const most = 50
	names, n := f.Partition.Names, len(f.Partition.Clients)
	switch {
	case names == nil:
		return fmt.Sprintf("1 to %d", n)
	case n > most:
		return fmt.Sprintf("%s, … (%d in all)", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// absent stands for the training images where a run's models are only opened.
type absent struct{}

func (absent) Len() int        { return 0 }
func (absent) Dim() int        { return 0 }
func (absent) Labels() []int32 { return nil }
func (absent) Gather(f32.Matrix, []int) error {
	return errors.New("model: training images are not there to predict with")
}
