package eval

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// branchFloats bounds the logits that are kept between evaluations: 512 MiB.
const branchFloats = 1 << 27

// branch is what parameters that may stay the same said of a block when it was last evaluated.
type branch struct {
	of     fed.Identity
	logits []float32
	fresh  bool // it was used in this evaluation
}

// forget marks the branches of the last evaluation as old: they are good for parts that are still the same, and their
// memory for others.
func (b *block) forget() {
	for i := range b.last {
		b.last[i].fresh = false
	}
}

// find returns the logits that a part had when it was last evaluated.
func (b *block) find(of fed.Identity) []float32 {
	for i, l := range b.last {
		if l.of == of {
			b.last[i].fresh = true
			return l.logits
		}
	}
	return nil
}

// remember stores a part's logits, in place of an old branch if there is one.
func (b *block) remember(of fed.Identity, logits []float32) {
	for i, l := range b.last {
		if !l.fresh {
			b.last[i] = branch{of, append(l.logits[:0], logits...), true}
			return
		}
	}
	b.last = append(b.last, branch{of, append([]float32{}, logits...), true})
}

// run returns the logits of a part on the block, which are not to be changed. What models share is run once a block.
// What a client keeps changes only in rounds that it takes part in; so its logits are kept until then. In full detail,
// which looks at parts more than once and ends a run, everything is run once a block and nothing is kept for later.
func (v *view) run(p fed.Part) (f32.Matrix, error) {
	id := p.Identity()
	if logits, ok := v.done[id]; ok {
		return logits, nil
	}
	common, lasting := v.common[id], false
	if !common && v.e.keeps {
		if lasting = v.e.Home(max(v.block.owner, 0)).Lasting(p); lasting {
			if last := v.block.find(id); last != nil {
				return f32.Of(v.x.Rows, v.e.classes, last), nil
			}
		}
	}
	logits, err := v.forward(&v.desk.block, p)
	if err != nil {
		return logits, err
	}
	if common || v.detail >= Full {
		v.done[id] = logits
	}
	if lasting && v.detail < Full {
		v.block.remember(id, logits.Data)
	}
	return logits, nil
}

// forward runs the module at a part's parameters.
func (v *view) forward(m *f32.Arena, p fed.Part) (f32.Matrix, error) {
	if id := p.Identity(); peft.MovesTexts(v.e.Module) && (v.common[id] || id.Kept()) {
		still, err := v.stills.at(&v.desk.texts, v.e.Module, p)
		if err != nil {
			return f32.Matrix{}, err
		}
		return still.Logits(m, v.x), nil
	}
	var buffer []float32
	if p.Identity().Kept() {
		buffer = m.Matrix(1, v.e.Module.Layout().Size()).Data
	}
	phi, err := p.Phi(buffer)
	if err != nil {
		return f32.Matrix{}, err
	}
	return v.e.Module.At(m, phi).Forward(m, v.x, nil).Logits(), nil
}
