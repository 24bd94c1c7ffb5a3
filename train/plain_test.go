package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The plain ways to compute what the engine computes fast.

// entropy is H(softmax(x/τ)) by its definition.
func entropy(x []float32, tau float64) float64 {
	p := make([]float64, len(x))
	softmaxAt(p, x, tau)
	var h float64
	for _, v := range p {
		if v > 0 {
			h -= v * math.Log(v)
		}
	}
	return h
}

// softmaxAt performs dst = softmax(x/τ) in float64.
func softmaxAt(dst []float64, x []float32, tau float64) {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, float64(v))
	}
	var sum float64
	for i, v := range x {
		dst[i] = math.Exp((float64(v) - top) / tau)
		sum += dst[i]
	}
	for i := range dst {
		dst[i] /= sum
	}
}

func tempered(x []float32) *f32.Tempered {
	var t f32.Tempered
	t.Set(x)
	return &t
}

// dense is a gradient without factors.
func dense(l peft.Layout, g []float32) *Gradient { return &Gradient{Layout: l, dense: g} }

func vector(n int) peft.Layout { return peft.Layout{{Name: "p", Rows: 1, Cols: n}} }

// purify projects g, which has no factors.
func purify(g, a []float32, l peft.Layout, lambda float64) PurifyStats {
	p := Purifier{Lambda: lambda}
	return *p.Purify(dense(l, g), dense(l, a))
}
