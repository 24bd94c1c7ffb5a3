package peft

import "github.com/fedpurel/fedpurel/train/f32"

// MovesTexts reports whether all that a module does is to move the class texts: at parameters that stand still it is a
// frozen classifier.
func MovesTexts(m Module) bool {
	if _, is := m.(*Folio); is {
		return true
	}
	_, is := m.(TextSide)
	return is
}

// Still binds a module for predicting at parameters that stand still, on many batches. Of one that moves the class
// texts, which may take a whole text tower, the moved texts alone are kept. What it returns lives in m, and may refer
// to p; the scratch memory, another one, is free again.
func Still(m, scratch *f32.Arena, module Module, p []float32) Predictor {
	if !MovesTexts(module) {
		return predictor{module.At(m, p)}
	}
	return movedTexts{Moved(m, scratch, module, p)}
}

// Moved is the frozen classifier that a module comes to which moves the class texts.
func Moved(m, scratch *f32.Arena, module Module, p []float32) Head {
	defer scratch.Release(scratch.Mark())
	moved := module.At(scratch, p).(interface{ Moved() Head }).Moved()
	return Head{Text: m.Clone(moved.Text), Scale: moved.Scale}
}

// Predictor gives logits as they are evaluated, without dropout.
type Predictor interface {
	// Logits are those of x, in m.
	Logits(m *f32.Arena, x f32.Matrix) f32.Matrix
}

type predictor struct{ Bound }

func (b predictor) Logits(m *f32.Arena, x f32.Matrix) f32.Matrix {
	return b.Forward(m, x, nil).Logits()
}

// movedTexts are texts that features meet as they are.
type movedTexts struct{ head Head }

func (t movedTexts) Logits(m *f32.Arena, x f32.Matrix) f32.Matrix { return t.head.ZeroShot(m, x) }
