package sample

import "math"

// marking returns how far the pattern's second colour covers the hide at body point p, in [0,1].
// freq is the pattern's spatial frequency relative to the common one, phase shifts it, soft is the width of its edges.
func marking(pattern int, p vec, freq, phase, soft float64) float64 {
	edge := func(d float64) float64 { return clamp01(0.5 - d/soft) } // d < 0 is inside the marking
	switch Patterns[pattern] {
	case "plain":
		return 0
	case "striped": // bands across the body
		f := 2.6 * freq
		return edge((math.Abs(frac(p.x*f+phase)-0.5) - 0.22) / f)
	case "spotted": // large dots on a hexagonal lattice
		f := 2.3 * freq
		y := p.y*f*1.1547 + phase
		row := math.Floor(y)
		x := p.x*f + phase*0.7 + 0.5*math.Mod(math.Abs(row), 2)
		d := vec{frac(x) - 0.5, (y - row - 0.5) / 1.1547}.len()
		return edge((d - 0.29) / f)
	case "checkered": // a chessboard, turned by an eighth
		f := 2.1 * freq
		q := p.rotate(math.Pi / 4)
		a, b := frac(q.x*f+phase)-0.5, frac(q.y*f+0.3*phase)-0.5
		s := math.Min(math.Min(math.Abs(a), 0.5-math.Abs(a)), math.Min(math.Abs(b), 0.5-math.Abs(b)))
		if a*b > 0 {
			s = -s
		}
		return edge(s / f)
	case "ringed": // concentric circles
		f := 2.7 * freq
		return edge((math.Abs(frac(p.len()*f+0.35*phase)-0.5) - 0.22) / f)
	case "speckled": // many small dots, scattered
		f := 6.2 * freq
		x, y := p.x*f+7*phase, p.y*f+3*phase
		ix, iy := math.Floor(x), math.Floor(y)
		jx, jy := hash2(ix, iy, 11), hash2(ix, iy, 12)
		d := vec{x - ix - 0.3 - 0.4*jx, y - iy - 0.3 - 0.4*jy}.len()
		return edge((d - 0.27) / f)
	}
	panic("sample: marking of an unknown pattern")
}

func frac(x float64) float64    { return x - math.Floor(x) }
func clamp01(x float64) float64 { return math.Min(1, math.Max(0, x)) }

// hash2 maps a lattice point to a reproducible number in [0,1).
func hash2(x, y float64, salt uint32) float64 {
	h := uint32(int32(x))*0x9E3779B1 ^ uint32(int32(y))*0x85EBCA77 ^ salt*0xC2B2AE3D
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 12
	h *= 0x297A2D39
	h ^= h >> 15
	return float64(h>>8) / (1 << 24)
}

// noise is value noise with a smooth blend between lattice points, in [0,1).
func noise(x, y float64, salt uint32) float64 {
	ix, iy := math.Floor(x), math.Floor(y)
	fx, fy := x-ix, y-iy
	fx, fy = fx*fx*(3-2*fx), fy*fy*(3-2*fy)
	top := hash2(ix, iy, salt)*(1-fx) + hash2(ix+1, iy, salt)*fx
	low := hash2(ix, iy+1, salt)*(1-fx) + hash2(ix+1, iy+1, salt)*fx
	return top*(1-fy) + low*fy
}
