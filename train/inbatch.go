package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// InBatch is the loss by which CLIP is trained, on the images of a batch and the texts of their classes: with
// M_ij = ℓ_{i,y_j},
//
//	L = ½ (1/B) Σ_i [ −log softmax_j(M_ij)_i − log softmax_j(M_ji)_i ]
//
// Each image has a text of its own, so that one of the same class is a wrong one. With m_c images of class c in the
// batch, and m_c = 0 where there is none, that is
//
//	δ_ic = [ m_c e^{ℓ_ic} / Σ_d m_d e^{ℓ_id} + m_c e^{ℓ_ic} / Σ_j e^{ℓ_jc} − 2·1(c = y_i) ] / 2B
//
// A batch of one image has neither loss nor gradient.
//
// Source: FedCLIP's release, microsoft/PersonalizedFL.
func InBatch(dlogits, logits f32.Matrix, y []int32) float64 {
	same(dlogits, logits)
	b, classes := logits.Rows, logits.Cols
	w := scratches.Get().(*scratch)
	defer scratches.Put(w)
	room := w.row(2*classes + min(b, classes)*b)
	m, logM, columns := room[:classes], room[classes:2*classes], room[2*classes:]
	clear(m)
	for _, c := range y {
		m[c]++
	}
	var sum float64
	held := columns
	for c, n := range m {
		logM[c] = float32(math.Log(float64(n)))
		if n > 0 { // how the images share in the text of class c
			column := held[:b]
			held = held[b:]
			for i := range column {
				column[i] = logits.Row(i)[c]
			}
			sum += float64(n) * f32.Softmax(column, column)
		}
	}
	scale := float32(1 / (2 * float64(b)))
	for i := range b {
		d, own := dlogits.Row(i), y[i]
		copy(d, logits.Row(i))
		sum -= 2 * float64(d[own])
		f32.Axpy(1, logM, d)
		sum += f32.Softmax(d, d)
		d[own] -= 2
		at := i
		for c, n := range m {
			if n == 0 {
				d[c] = 0
				continue
			}
			d[c] = scale * (d[c] + float32(n*columns[at]))
			at += b
		}
	}
	return sum / (2 * float64(b))
}
