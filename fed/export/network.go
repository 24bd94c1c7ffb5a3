package export

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// network is a model as operations from the encoder's rows to logits, and the constants in them.
type network struct {
	peft.Formula
	logits    peft.Value
	classes   int
	constants []constant
}

// constant is a matrix of the formula, under a name of its own. One row is a vector.
type constant struct {
	name string
	f32.Matrix
}

// newNetwork writes a model down: ℓ = Σ weight · ℓ(φ) − prior.
func newNetwork(m *lab.Model) (*network, error) {
	n := &network{classes: m.Head.Text.Rows}
	if m.Module == nil {
		n.logits = m.Head.Describe(&n.Formula, 0)
		n.name()
		return n, nil
	}
	if e, err := peft.Find(m.Card.Module); err == nil && e.Inside == peft.ImageSided {
		return nil, fault.Usagef("export: module %s changes the image tower itself: "+
			"what it learned is no head behind the encoder", e.Name)
	}
	var x peft.Value
	if m.Head.Projection.Rows > 0 && !m.Projects {
		x = n.Product(x, "projection", m.Head.Projection)
	}
	for i, part := range m.Parts {
		bound, is := m.Module.At(nil, part.Phi).(peft.Described)
		if !is {
			return nil, fault.Usagef("export: module %s does not say what it computes (peft.Described), "+
				"so that it cannot be exported", m.Card.Module)
		}
		logits := n.Scale(float32(part.Weight), bound.Describe(&n.Formula, x))
		if i == 0 {
			n.logits = logits
		} else {
			n.logits = n.Apply(peft.Add, n.logits, logits)
		}
	}
	if m.Subtract != nil {
		prior := f32.Of(1, len(m.Subtract), m.Subtract).Clone()
		f32.Scale(-1, prior.Data)
		n.logits = n.Shift(n.logits, "prior", prior.Data)
	}
	n.name()
	return n, nil
}

// name lists the constants. One that is used in several places is listed once; of several that are called alike, as
// two parts' are, the later ones have a number behind their name.
func (n *network) name() {
	names, used := map[*float32]string{}, map[string]int{}
	for i := range n.Steps {
		s := &n.Steps[i]
		if s.Matrix.Rows == 0 {
			continue
		}
		data := unsafe.SliceData(s.Matrix.Data)
		if names[data] == "" {
			name := s.Name
			if used[name]++; used[name] > 1 {
				name = fmt.Sprintf("%s.%d", name, used[name])
			}
			names[data] = name
			n.constants = append(n.constants, constant{name, s.Matrix})
		}
		s.Name = names[data]
	}
}

// shape is that of an array.
func (c constant) shape() []int {
	if c.Rows == 1 {
		return []int{c.Cols}
	}
	return []int{c.Rows, c.Cols}
}

// notation is how steps are written, with values a and b, a matrix or vector m, and a factor k.
var notation = map[peft.Op]string{
	peft.Product: "{a} {m}ᵀ", peft.Weigh: "{m} ⊙ {a}", peft.Shift: "{a} + {m}", peft.Scale: "{k} · {a}",
	peft.Add: "{a} + {b}", peft.Multiply: "{a} ⊙ {b}",
	peft.ReLU: "max({a}, 0)", peft.Tanh: "tanh({a})", peft.Softmax: "softmax({a})", peft.Normalise: "{a} / ‖{a}‖",
}

// lines are the formula for people, a line for each step: "v1 = x Aᵀ". The last one has the logits.
func (n *network) lines() (lines []string) {
	value := func(v peft.Value) string {
		switch v {
		case 0:
			return "x"
		case n.logits:
			return "logits"
		}
		return fmt.Sprintf("v%d", v)
	}
	for i, s := range n.Steps {
		fill := strings.NewReplacer("{a}", value(s.Of[0]), "{b}", value(s.Of[len(s.Of)-1]),
			"{m}", s.Name, "{k}", fmt.Sprint(s.Factor))
		lines = append(lines, value(peft.Value(i+1))+" = "+fill.Replace(notation[s.Op]))
	}
	return lines
}
