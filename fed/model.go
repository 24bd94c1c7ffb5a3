package fed

import (
	"unsafe"

	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/train/f32"
)

// Model predicts with a weighted sum of logits, ℓ = Σ Weight · ℓ(Phi).
type Model []Part

// Part is one summand of a model: parameters at hand, or parameters that a client keeps, which are read when they are
// needed.
type Part struct {
	Weight float64
	phi    []float32
	store  *kept.Store // nil: phi
	name   string
	client int
}

// Of is ℓ(phi).
func Of(phi []float32) Part { return Part{Weight: 1, phi: phi} }

// Own is ℓ of the parameters that the client keeps under a name, or of otherwise if it keeps none.
func (c *Client) Own(name string, otherwise []float32) Part {
	if v := c.home.Kept.Of(name); v == nil || !v.Has(c.ID) {
		return Of(otherwise)
	}
	return Part{Weight: 1, store: c.home.Kept, name: name, client: c.ID}
}

// Times weighs the part anew.
func (p Part) Times(w float64) Part {
	p.Weight *= w
	return p
}

// Phi reads the parameters, maybe into buffer, if it has room. They are to be read only.
func (p Part) Phi(buffer []float32) ([]float32, error) {
	if p.store == nil {
		return p.phi, nil
	}
	return p.store.Get(p.name, p.client, buffer)
}

// Identity is equal for parts that have the same parameters: the same vector at hand, or the same version of what the
// same client keeps. A vector's identity holds only as long as the vector lives and does not change.
type Identity struct {
	vector          unsafe.Pointer
	store           *kept.Store
	name            string
	client, version int
}

// Identity identifies the part's parameters without reading them.
func (p Part) Identity() Identity {
	if p.store == nil {
		return Identity{vector: unsafe.Pointer(unsafe.SliceData(p.phi))}
	}
	return Identity{store: p.store, name: p.name, client: p.client, version: p.store.Version(p.name, p.client)}
}

// Kept reports whether the parameters are what a client keeps.
func (i Identity) Kept() bool { return i.store != nil }

// Logits adds up what run gives for the parts. The sum is a matrix of its own, from memory, unless the model is one
// part of weight 1: then it is what run gave.
func (m Model) Logits(memory *f32.Arena, run func(Part) (f32.Matrix, error)) (f32.Matrix, error) {
	var sum f32.Matrix
	for i, part := range m {
		logits, err := run(part)
		switch {
		case err != nil:
			return sum, err
		case len(m) == 1 && part.Weight == 1:
			return logits, nil
		case i == 0:
			sum = memory.Clone(logits)
			if part.Weight != 1 {
				f32.Scale(float32(part.Weight), sum.Data)
			}
		default:
			f32.Axpy(float32(part.Weight), logits.Data, sum.Data)
		}
	}
	return sum, nil
}
