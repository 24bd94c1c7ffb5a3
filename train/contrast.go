package train

import (
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Contrast is FedPGP's contrast of class texts (Cui et al., ICML 2024): what a federation has learned, t^σ, is to stay
// with the zero-shot texts t⁰, its positive partner, and apart from what a client has on top, t, its negative one,
//
//	L = (1/C) Σ_c −log( e^{⟨t⁰_c,t^σ_c⟩/τ} / (e^{⟨t⁰_c,t^σ_c⟩/τ} + e^{⟨t^σ_c,t_c⟩/τ}) )
//
// for rows of unit length. It writes ∂L/∂t^σ_c = p_c (t_c − t⁰_c)/(C τ) and ∂L/∂t_c = p_c t^σ_c/(C τ), with p_c the
// share of the negative pair.
func Contrast(dshared, down, zero, shared, own f32.Matrix, tau float64) (sum float64) {
	for _, m := range []f32.Matrix{dshared, down, zero, own} {
		same(m, shared)
	}
	n := float64(shared.Rows)
	for c := range shared.Rows {
		z, s, t := zero.Row(c), shared.Row(c), own.Row(c)
		by := (f32.Dot(s, t) - f32.Dot(z, s)) / tau
		sum += math.Max(by, 0) + math.Log1p(math.Exp(-math.Abs(by)))
		k := float32(1 / ((1 + math.Exp(-by)) * n * tau))
		ds, dt := dshared.Row(c), down.Row(c)
		for i := range ds {
			ds[i], dt[i] = k*(t[i]-z[i]), k*s[i]
		}
	}
	return sum / n
}
