package eval

import (
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/f32"
)

// branchFloats bounds the logits that are kept between evaluations: 512 MiB.
const branchFloats = 1 << 27

// branch is what the owner's parameters said of a block when it was last evaluated.
type branch struct {
	of      *fed.Vectors
	version int
	logits  []float32
}

// own returns the logits of block b's rows x by its owner's parameters. A client's parameters change only in the rounds that it takes part in;
// so logits are kept until then.
func (e *Evaluator) own(m *f32.Arena, b *block, s *fed.State, x f32.Matrix) (f32.Matrix, error) {
	version := s.Personal.Version(b.owner)
	if b.last.of == s.Personal && b.last.version == version && b.last.logits != nil {
		return m.Clone(f32.Of(x.Rows, e.classes, b.last.logits)), nil
	}
	phi, lasting, err := e.personal(m, s, b.owner)
	if err != nil {
		return f32.Matrix{}, err
	}
	logits, _ := e.Module.Forward(m, phi, x)
	if lasting && e.keeps {
		b.last = branch{s.Personal, version, append(b.last.logits[:0], logits.Data...)}
	}
	return logits, nil
}

// personal returns the parameters with which client k predicts, and whether they stay as they are until it gets others. A client that
// never took part has the start branch to add to the global model; where the personal model stands alone, it uses the global
// one, if there is one.
func (e *Evaluator) personal(m *f32.Arena, s *fed.State, k int) (phi []float32, lasting bool, err error) {
	if phi, err = s.Personal.Get(k, m.Matrix(1, len(s.Global)).Data); phi != nil || err != nil {
		return phi, true, err
	}
	if e.Start == nil || e.Averages && e.Personal != fed.PersonalResidual {
		return s.Global, false, nil
	}
	return e.Start, true, nil
}
