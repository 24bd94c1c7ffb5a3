package tail

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

func matrix(rows [][]float32) f32.Matrix {
	m := f32.New(len(rows), len(rows[0]))
	for i, row := range rows {
		copy(m.Row(i), row)
	}
	return m
}

// The distance and its gradient are those that were computed without this program, in float64.
func TestMatchingFixture(t *testing.T) {
	data, err := os.ReadFile("testdata/creff.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		W, Features [][]float32
		B           []float32
		Class       int
		RealW       [][]float32 `json:"real_gradient_W"`
		RealB       []float32   `json:"real_gradient_b"`
		Loss        float64
		DFeatures   [][]float32
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	h := matrix(f.Features)
	dh := f32.New(h.Rows, h.Cols)
	got := classifier{matrix(f.W), f.B}.distance(nil, dh, h, f.Class, classifier{matrix(f.RealW), f.RealB})
	if math.Abs(got-f.Loss) > 2e-6 {
		t.Errorf("the distance is %v, want %v", got, f.Loss)
	}
	for i, want := range matrix(f.DFeatures).Data {
		if d := math.Abs(float64(dh.Data[i] - want)); d > 1e-6 {
			t.Errorf("slope %d is %v, want %v", i, dh.Data[i], want)
		}
	}
}

// problem draws a head, features and a real gradient.
func problem(classes, dim, n int) (at, real classifier, h f32.Matrix) {
	rng := rand.New(rand.NewPCG(3, 4))
	draw := func(rows, cols int) f32.Matrix {
		m := f32.New(rows, cols)
		for i := range m.Data {
			m.Data[i] = float32(rng.NormFloat64())
		}
		return m
	}
	at = classifier{draw(classes, dim), draw(1, classes).Data}
	f32.Scale(0.4, at.W.Data)
	real = classifier{draw(classes, dim), draw(1, classes).Data}
	return at, real, draw(n, dim)
}

// The gradient is that of finite differences, for every feature.
func TestMatchingSlope(t *testing.T) {
	at, real, h := problem(5, 7, 6)
	const class, by = 2, 2e-2
	dh := f32.New(h.Rows, h.Cols)
	at.distance(nil, dh, h, class, real)
	of := func(i int, move float32) float64 {
		moved := h.Clone()
		moved.Data[i] += move
		return at.distance(nil, f32.New(h.Rows, h.Cols), moved, class, real)
	}
	for i, got := range dh.Data { // of order 4
		want := (8*(of(i, by)-of(i, -by)) - (of(i, 2*by) - of(i, -2*by))) / (12 * by)
		if math.Abs(float64(got)-want) > 2e-5 {
			t.Errorf("slope %d is %v, finite differences give %v", i, got, want)
		}
	}
}

// Steps bring the gradients together; a class that is predicted all but surely, and a real gradient of zeros, give
// numbers.
func TestMatchingDescends(t *testing.T) {
	at, real, h := problem(5, 7, 40)
	start := at.distance(nil, f32.New(h.Rows, h.Cols), h, 1, real)
	var memory f32.Arena
	if end := at.descend(&memory, h, 1, real, 1, 300); !(end < 0.5*start) {
		t.Errorf("after 300 steps the distance is %v, before %v", end, start)
	}
	f32.Scale(100, h.Data)
	for _, to := range []classifier{real, {f32.New(5, 7), make([]float32, 5)}} {
		dh := f32.New(h.Rows, h.Cols)
		if d := at.distance(nil, dh, h, 1, to); math.IsNaN(d) || !f32.Finite(dh.Data) {
			t.Errorf("the distance is %v", d)
		}
	}
}
