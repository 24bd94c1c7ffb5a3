package f32

import "math"

// Adam is one step of Adam (Kingma and Ba, ICLR 2015), as PyTorch has it, on parameters p with moments m and v, all
// updated in place:
//
//	g ← g + wd p,  m ← β₁ m + (1−β₁) g,  v ← β₂ v + (1−β₂) g²,
//	p ← p − η (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)
type Adam struct{ LR, Beta1, Beta2, Epsilon, Decay float64 } // η, β₁, β₂, ε, wd

// Step takes step t, 1 the first. g stays as it is.
func (a Adam) Step(p, m, v, g []float32, t int) {
	m, v, g = m[:len(p)], v[:len(p)], g[:len(p)]
	beta1, beta2, decay, epsilon := float32(a.Beta1), float32(a.Beta2), float32(a.Decay), float32(a.Epsilon)
	step := float32(a.LR / (1 - math.Pow(a.Beta1, float64(t))))
	spread := float32(1 / math.Sqrt(1-math.Pow(a.Beta2, float64(t))))
	for i, x := range p {
		d := g[i] + float32(decay*x)
		m[i] = float32(beta1*m[i]) + float32((1-beta1)*d)
		v[i] = float32(beta2*v[i]) + float32((1-beta2)*float32(d*d))
		p[i] = x - float32(step*m[i])/(float32(float32(math.Sqrt(float64(v[i])))*spread)+epsilon)
	}
}
