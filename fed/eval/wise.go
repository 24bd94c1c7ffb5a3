package eval

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Mover is a method whose global model has parameters beside phi, which move like it.
type Mover interface {
	// Moved is what the server shares with the global model's parameters moved.
	Moved(shared fed.Message, move func(phi []float32) []float32) fed.Message
}

// Moved is what a method's server shares with the global parameters moved towards the module's zero-shot point, which
// has the weight.
func Moved(m fed.Method, module peft.Module, shared fed.Message, weight float64) fed.Message {
	move := func(phi []float32) []float32 { return Wise(module, phi, weight) }
	if mover, is := m.(Mover); is {
		return mover.Moved(shared, move)
	}
	return shared.With("phi", move(shared["phi"]))
}

// Wise returns parameters moved towards the module's zero-shot point, which has the weight.
func Wise(module peft.Module, phi []float32, weight float64) []float32 {
	moved := append([]float32{}, phi...)
	module.Anchor(moved)
	for i, v := range phi {
		moved[i] = float32(weight*float64(moved[i]) + (1-weight)*float64(v))
	}
	return moved
}
