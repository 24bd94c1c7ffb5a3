package lab

import (
	"context"
	"errors"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/train/f32"
)

// learned is what a run's models are made of: what the server shares, and what the clients keep in a home.
type learned struct {
	spec   *Spec
	home   *fed.Home
	shared fed.Message
}

// parts are those of a client's model or, for everyone, of the global one; they are copies. Without a global model
// they are none.
func (l learned) parts(client int) (parts []Part, err error) {
	method, shared := l.spec.algorithm(), l.shared
	model := method.Global(shared)
	if model != nil && l.spec.Wise < 1 {
		shared = eval.Moved(method, l.home.Module, shared, 1-l.spec.Wise)
		model = method.Global(shared)
	}
	if client >= 0 {
		asked := l.home.Client(context.Background(), client)
		defer asked.Release()
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
	return parts, nil
}

// absent stands for the training images where a run's models are only asked how they predict.
type absent struct{}

func (absent) Len() int        { return 0 }
func (absent) Dim() int        { return 0 }
func (absent) Labels() []int32 { return nil }
func (absent) Gather(f32.Matrix, []int) error {
	return errors.New("model: training images are not there to predict with")
}
