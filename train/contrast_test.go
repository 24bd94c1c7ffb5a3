package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
)

// The contrast is log 2 where a client has nothing on top and the federation has learned nothing, smaller where the
// client's texts are the farther ones; its slopes are those of finite differences.
func TestContrast(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	draw := func() f32.Matrix {
		m := f32.New(3, 4)
		for c := range m.Rows {
			for i := range m.Row(c) {
				m.Row(c)[i] = float32(rng.NormFloat64())
			}
			f32.Normalize(m.Row(c), m.Row(c))
		}
		return m
	}
	zero, shared, own := draw(), draw(), draw()
	ds, dt := f32.New(3, 4), f32.New(3, 4)
	close(t, "the contrast of one text", Contrast(ds, dt, zero, zero, zero, 0.5), math.Ln2, 1e-7)
	if near, far := Contrast(ds, dt, zero, zero, own, 0.5), Contrast(ds, dt, own, zero, zero, 0.5); near >= far {
		t.Errorf("the contrast is %v where the negative pair is apart, %v where the positive one is", near, far)
	}
	value := func() float64 { return Contrast(f32.New(3, 4), f32.New(3, 4), zero, shared, own, 0.3) }
	Contrast(ds, dt, zero, shared, own, 0.3)
	for _, of := range []struct{ x, slope f32.Matrix }{{shared, ds}, {own, dt}} {
		for i, v := range of.x.Data {
			const h = 1.0 / 256
			of.x.Data[i] = v + h
			up := value()
			of.x.Data[i] = v - h
			down := value()
			of.x.Data[i] = v
			close(t, "a slope", float64(of.slope.Data[i]), (up-down)/(2*h), 2e-4)
		}
	}
	f32.Scale(1000, own.Data) // cosines of any size stay finite
	if v := value(); math.IsInf(v, 0) || math.IsNaN(v) {
		t.Errorf("the contrast is %v", v)
	}
}
