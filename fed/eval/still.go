package eval

import (
	"sync"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// stills are models' parts whose class texts are moved once in an evaluation, not once a block: it may take a text
// tower. A part is bound by the first block that asks; others wait for it.
type stills struct {
	mu   sync.Mutex
	all  map[fed.Identity]*still
	room int // for so many more
}

type still struct {
	once sync.Once
	peft.Predictor
	err error
}

// newStills keeps the texts of so many parts that they are no more than is kept elsewhere.
func newStills(texts f32.Matrix) *stills {
	return &stills{all: map[fed.Identity]*still{}, room: branchFloats / max(len(texts.Data), 1)}
}

// at is a module that moves texts at a part's parameters, whose identity must hold for as long as the evaluation goes
// on.
func (s *stills) at(scratch *f32.Arena, m peft.Module, p fed.Part) (peft.Predictor, error) {
	s.mu.Lock()
	of := s.all[p.Identity()]
	if of == nil {
		of = &still{}
		if s.room--; s.room >= 0 {
			s.all[p.Identity()] = of
		}
	}
	s.mu.Unlock()
	of.once.Do(func() {
		phi, err := p.Phi(nil)
		if of.err = err; err == nil {
			of.Predictor = peft.Still(nil, scratch, m, phi)
		}
	})
	return of.Predictor, of.err
}
