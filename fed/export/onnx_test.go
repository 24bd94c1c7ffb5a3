//go:build cgo

package export

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// weighed is a module of a program outside: it weighs the coordinates of embeddings, ℓ = s T (w ⊙ x).
type weighed struct {
	peft.Module // of which only the layout counts
	head        peft.Head
}

func (w weighed) At(_ *f32.Arena, p []float32) peft.Bound { return weighedAt{w.head, p[:dim]} }

type weighedAt struct {
	head peft.Head
	w    []float32
}

func (b weighedAt) Forward(*f32.Arena, f32.Matrix, *peft.Drop) peft.Run { panic("not to be run") }

func (b weighedAt) Describe(f *peft.Formula, x peft.Value) peft.Value {
	return f.Scale(b.head.Scale, f.Product(f.Weigh(x, "w", b.w), "text", b.head.Text))
}

// Modules of programs outside export once they describe themselves, with operations that no built-in one has.
func TestModuleFromOutside(t *testing.T) {
	runtime(t)
	m := some()
	m.Module, m.Parts = weighed{m.Module, m.Head}, m.Parts[:1]
	dir, c := write(t, m, Options{})
	if want := "v1 = w ⊙ x; v2 = v1 textᵀ; logits = 30 · v2"; strings.Join(c.Formula, "; ") != want {
		t.Errorf("formula %q", c.Formula)
	}
	x := random(rand.New(rand.NewPCG(5, 6)), batch, dim)
	s := open(t, dir, inputName)
	logits, chances := s.run(x.Data, batch, dim)
	want := f32.New(batch, classes)
	for i := range batch {
		for j, w := range m.Parts[0].Phi[:dim] {
			x.Row(i)[j] *= w
		}
	}
	f32.MulT(want, x, m.Head.Text)
	f32.Scale(m.Head.Scale, want.Data)
	alike(t, logits, chances, want)
}

// ONNX Runtime computes from an exported head what the model does, for any number of rows.
func TestHeads(t *testing.T) {
	runtime(t)
	each(t, func(t *testing.T, name string, m *lab.Model) {
		dir, _ := write(t, m, Options{Formats: []string{"onnx"}, Client: "Zürich", Run: "abc"})
		s := open(t, dir, inputName)
		x := random(rand.New(rand.NewPCG(5, 6)), batch, m.Columns())
		for _, rows := range []int{batch, 1} {
			x := x
			x.Rows, x.Data = rows, x.Data[:rows*x.Cols]
			logits, chances := s.run(x.Data, int64(rows), int64(x.Cols))
			alike(t, logits, chances, m.Logits(nil, x))
		}
		clear(x.Row(0))
		logits, chances := s.run(x.Data[:x.Cols], 1, int64(x.Cols))
		if m.Module == nil && logits.Row(0)[0] != 0 || chances.Row(0)[0] != chances.Row(0)[0] {
			t.Errorf("a row of zeros has logits %v", logits.Data)
		}
		notes := s.notes()
		for key, want := range map[string]string{
			"classes": `["ant","bée","c \"d\"","d","e","f","g"]`, "logit_scale": "30", "method": "fedavg",
			"module": m.Card.Module, "client": "Zürich", "run": "abc", "encoder": "miniature",
			"preprocess": `{"size":8,"mean":[0.5,0.5,0.5]}`, "encoder_sha256": "{}",
		} {
			if notes[key] != want {
				t.Errorf("%s is %q, want %q", key, notes[key], want)
			}
		}
	})
}
