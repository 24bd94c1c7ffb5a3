package encoder

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// tower is a case of testdata/towers.py, which says how its weights are made.
type tower struct {
	Name                              string
	Width, Heads, Hidden, Layers, Out int
	Activation                        string
	Features                          []float64

	Texts               [][]int
	Context, Vocabulary int

	Images, Length, Rank int
	Gamma                float32
	Dropout              bool

	Gradients json.RawMessage // of two cotangents: of the context, or of every A and B
}

func (c tower) act() Activation {
	if c.Activation == "gelu" {
		return Gelu
	}
	return QuickGelu
}

// ruled makes tensors by that rule.
type ruled struct{ seed uint64 }

func (r *ruled) bits(count int, f func(i int, bits uint64)) {
	r.seed++
	for i := range count {
		z := (uint64(i) + r.seed<<32) * 0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		f(i, (z^z>>31)>>40)
	}
}

func (r *ruled) tensor(rows, cols int, scale float64) f32.Matrix {
	m := f32.New(rows, cols)
	r.bits(len(m.Data), func(i int, bits uint64) {
		m.Data[i] = float32(scale) * (float32(bits)/(1<<23) - 1)
	})
	return m
}

func (r *ruled) linear(out, in int) Map {
	return Map{r.tensor(out, in, 2/math.Sqrt(float64(in))), r.tensor(1, out, 0.2).Data}
}

func (r *ruled) norm(d int) Norm {
	n := Norm{r.tensor(1, d, 0.3).Data, r.tensor(1, d, 0.2).Data, 1e-5}
	for i := range n.Gain {
		n.Gain[i]++
	}
	return n
}

func (r *ruled) block(d, hidden int) (w Weights) {
	w.Norm1 = r.norm(d)
	w.Query, w.Key, w.Value, w.Out = r.linear(d, d), r.linear(d, d), r.linear(d, d), r.linear(d, d)
	w.Norm2, w.Up, w.Down = r.norm(d), r.linear(hidden, d), r.linear(d, hidden)
	return w
}

// fixtures are the cases whose files' names begin so: ours, and those in FEDPUREL_TOWERS.
func fixtures(t *testing.T, prefix string) (all []tower) {
	for _, folder := range []string{"testdata", os.Getenv("FEDPUREL_TOWERS")} {
		files, _ := filepath.Glob(filepath.Join(folder, prefix+"*.json"))
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []tower
			if err := json.Unmarshal(data, &cases); err != nil {
				t.Fatal(file, err)
			}
			all = append(all, cases...)
		}
	}
	return all
}

// bound is how far features and gradients may be from PyTorch's in float64, relatively.
const bound = 1e-5

// TestPyTorchTexts: shared beginnings, equal texts, 8 to 77 tokens.
func TestPyTorchTexts(t *testing.T) {
	for _, c := range fixtures(t, "text") {
		t.Run(c.Name, func(t *testing.T) {
			r := new(ruled)
			w := TextWeights{Heads: c.Heads, Activation: c.act()}
			w.Tokens, w.Positions = r.tensor(c.Vocabulary, c.Width, 0.5), r.tensor(77, c.Width, 0.5)
			for range c.Layers {
				w.Blocks = append(w.Blocks, r.block(c.Width, c.Hidden))
			}
			w.Final, w.Projection = r.norm(c.Width), Map{W: r.tensor(c.Out, c.Width, 2/math.Sqrt(float64(c.Width)))}
			ctx, d := r.tensor(c.Context, c.Width, 0.5), r.tensor(2*len(c.Texts), c.Out, 1)

			pass := NewText(w).Prompts(Work{}, c.Texts, c.Context).Forward(Work{}, ctx)
			within(t, "features", pass.Features.Data, c.Features, bound)
			grads := []f32.Matrix{f32.New(c.Context, c.Width), f32.New(c.Context, c.Width)}
			pass.Backward(Work{}, grads, d)
			var want [][]float64
			if err := json.Unmarshal(c.Gradients, &want); err != nil {
				t.Fatal(err)
			}
			t.Logf("features %.2g", off(pass.Features.Data, c.Features))
			for z := range grads {
				within(t, fmt.Sprint("gradient ", z), grads[z].Data, want[z], bound)
				t.Logf("gradient %.2g", off(grads[z].Data, want[z]))
			}
		})
	}
}

// TestPyTorchVision: low-rank terms with B ≠ 0, masks and none.
func TestPyTorchVision(t *testing.T) {
	for _, c := range fixtures(t, "vision") {
		t.Run(c.Name, func(t *testing.T) {
			r := new(ruled)
			x := r.tensor(c.Images*c.Length, c.Width, 1.5)
			w := VisionWeights{Heads: c.Heads, Activation: c.act()}
			for range c.Layers {
				w.Blocks = append(w.Blocks, r.block(c.Width, c.Hidden))
			}
			low, drop, grads := make([]LowRank, c.Layers), make([]Masks, c.Layers), make([][]LowRank, 2)
			for l := range low {
				low[l].Gamma = c.Gamma
				for i := range 3 {
					low[l].A[i] = r.tensor(c.Rank, c.Width, 1/math.Sqrt(float64(c.Width)))
					low[l].B[i] = r.tensor(c.Width, c.Rank, 0.1)
				}
				for i := range 3 {
					drop[l][i] = r.mask(x.Rows, x.Cols)
				}
				for z := range grads {
					grads[z] = append(grads[z], zeroLike(&low[l], 1)[0])
				}
			}
			if !c.Dropout {
				drop = nil
			}
			w.Final, w.Projection = r.norm(c.Width), Map{W: r.tensor(c.Out, c.Width, 2/math.Sqrt(float64(c.Width)))}
			d := r.tensor(2*c.Images, c.Out, 1)

			v, in := NewVision(w), Images{Tokens: x, Length: c.Length}
			if c.Layers == 1 {
				in = v.Normalised(Work{}, x, c.Length)
			}
			pass := v.Forward(Work{}, in, low, drop)
			within(t, "features", pass.Features.Data, c.Features, bound)
			pass.Backward(Work{}, grads, d)
			var want [][][]float64
			if err := json.Unmarshal(c.Gradients, &want); err != nil {
				t.Fatal(err)
			}
			var worst float64
			for z := range grads {
				for l, g := range grads[z] {
					for i := range 3 {
						for j, m := range []f32.Matrix{g.A[i], g.B[i]} {
							gradient := want[z][6*l+2*i+j]
							what := fmt.Sprintf("cotangent %d, block %d, %s of %s", z, l, "AB"[j:j+1], "qkv"[i:i+1])
							within(t, what, m.Data, gradient, bound)
							worst = max(worst, off(m.Data, gradient))
						}
					}
				}
			}
			t.Logf("features %.2g, gradients at most %.2g", off(pass.Features.Data, c.Features), worst)
		})
	}
}

// mask keeps three quarters.
func (r *ruled) mask(rows, cols int) Mask {
	m := Mask{cols, 4.0 / 3, make([]uint64, rows*words(cols))}
	r.bits(rows*cols, func(i int, bits uint64) {
		if bits >= 1<<22 {
			m.Bits[i/cols*words(cols)+i%cols/64] |= 1 << (i % cols % 64)
		}
	})
	return m
}

// TestFixturesAreThere: a missing file would pass in silence.
func TestFixturesAreThere(t *testing.T) {
	var names []string
	for _, prefix := range []string{"text", "vision"} {
		for _, c := range fixtures(t, prefix) {
			names = append(names, c.Name)
		}
	}
	all := strings.Join(names, "; ")
	if !strings.Contains(all, "24-wide") || !strings.Contains(all, "2 blocks, dropout") {
		t.Errorf("the cases are %s", all)
	}
}
