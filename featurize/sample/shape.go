package sample

import "math"

// vec is a point of the picture plane; x points right, y down. Bodies live in about [-1,1]².
type vec struct{ x, y float64 }

func (a vec) sub(b vec) vec     { return vec{a.x - b.x, a.y - b.y} }
func (a vec) dot(b vec) float64 { return a.x*b.x + a.y*b.y }
func (a vec) len() float64      { return math.Sqrt(a.x*a.x + a.y*a.y) }
func (a vec) rotate(t float64) vec {
	s, c := math.Sincos(t)
	return vec{c*a.x - s*a.y, s*a.x + c*a.y}
}

// The signed distances below are negative inside, positive outside.

func circle(p vec, x, y, r float64) float64 { return p.sub(vec{x, y}).len() - r }

// ellipse is the usual first-order approximation k0(k0−1)/k1 with k0 = ‖p/r‖, k1 = ‖p/r²‖.
func ellipse(p vec, x, y, rx, ry, turn float64) float64 {
	p = p.sub(vec{x, y})
	if turn != 0 {
		p = p.rotate(-turn)
	}
	k0 := vec{p.x / rx, p.y / ry}.len()
	k1 := vec{p.x / (rx * rx), p.y / (ry * ry)}.len()
	if k1 == 0 {
		return -math.Min(rx, ry)
	}
	return k0 * (k0 - 1) / k1
}

// limb is a capsule from (ax,ay) to (bx,by) of radius r.
func limb(p vec, ax, ay, bx, by, r float64) float64 {
	a, b := vec{ax, ay}, vec{bx, by}
	pa, ba := p.sub(a), b.sub(a)
	h := math.Min(1, math.Max(0, pa.dot(ba)/ba.dot(ba)))
	return vec{pa.x - h*ba.x, pa.y - h*ba.y}.len() - r
}

// wedge is the triangle of three corners, given in either sense.
func wedge(p, a, b, c vec) float64 {
	if (b.x-a.x)*(c.y-a.y) < (b.y-a.y)*(c.x-a.x) {
		b, c = c, b
	}
	edge := func(u, v vec) float64 {
		d := v.sub(u)
		return (d.y*(p.x-u.x) - d.x*(p.y-u.y)) / d.len()
	}
	return math.Max(edge(a, b), math.Max(edge(b, c), edge(c, a)))
}

func mirror(p vec) vec { return vec{math.Abs(p.x), p.y} }

// silhouette gives the distances to the two materials of a body: hide carries colour and pattern, trim is
// everything else (legs, eyes, beaks), drawn dark over the hide.
func silhouette(shape int, p vec) (hide, trim float64) {
	m := mirror(p)
	switch Shapes[shape] {
	case "beetle":
		hide = ellipse(p, 0, 0.12, 0.52, 0.64, 0)
		trim = min(ellipse(p, 0, -0.6, 0.27, 0.2, 0), limb(m, 0.1, -0.7, 0.32, -0.95, 0.03),
			limb(m, 0.4, -0.2, 0.85, -0.42, 0.05), limb(m, 0.45, 0.15, 0.92, 0.18, 0.05),
			limb(m, 0.4, 0.45, 0.8, 0.8, 0.05),
			limb(p, 0, -0.4, 0, 0.74, 0.018))
	case "bird":
		hide = min(ellipse(p, 0.02, 0.02, 0.52, 0.34, 0.3), circle(p, -0.48, -0.38, 0.23),
			limb(p, 0.4, 0.2, 0.88, 0.42, 0.1))
		trim = min(wedge(p, vec{-0.66, -0.46}, vec{-0.66, -0.28}, vec{-0.98, -0.34}), circle(p, -0.53, -0.43, 0.055),
			limb(p, -0.05, 0.3, -0.1, 0.8, 0.035), limb(p, 0.12, 0.32, 0.12, 0.8, 0.035))
	case "crab":
		gap := wedge(m, vec{0.68, -0.5}, vec{0.6, -1.1}, vec{0.95, -0.95}) // of the claws
		hide = min(ellipse(p, 0, 0.15, 0.56, 0.36, 0), math.Max(circle(m, 0.68, -0.5, 0.26), -gap))
		trim = min(limb(m, 0.45, 0, 0.68, -0.35, 0.06), limb(m, 0.45, 0.3, 0.92, 0.35, 0.045),
			limb(m, 0.42, 0.4, 0.85, 0.62, 0.045), limb(m, 0.3, 0.45, 0.6, 0.85, 0.045),
			limb(m, 0.15, -0.15, 0.17, -0.34, 0.03), circle(m, 0.17, -0.36, 0.07))
	case "fish":
		hide = min(ellipse(p, -0.15, 0, 0.66, 0.4, 0), wedge(p, vec{0.3, 0}, vec{0.92, 0.45}, vec{0.92, -0.45}),
			wedge(p, vec{-0.25, -0.3}, vec{0.25, -0.25}, vec{0.12, -0.66}))
		trim = min(circle(p, -0.55, -0.1, 0.075), math.Max(math.Abs(circle(p, -0.72, 0, 0.44))-0.02, hide+0.02),
			limb(p, -0.05, 0.1, 0.12, 0.22, 0.04))
	case "jellyfish":
		hide = math.Max(ellipse(p, 0, -0.1, 0.66, 0.66, 0), p.y-0.08)
		wave := 0.06 * math.Sin(9*p.y)
		t := vec{math.Abs(p.x+wave) - 0.18, p.y}
		trim = min(limb(t, -0.06, 0.1, -0.06, 0.85, 0.04), limb(t, 0.14, 0.1, 0.14, 0.7, 0.04),
			limb(t, 0.36, 0.1, 0.36, 0.5, 0.035))
	case "moth":
		hide = min(ellipse(m, 0.47, -0.28, 0.5, 0.33, -0.6), ellipse(m, 0.36, 0.36, 0.36, 0.3, 0.7))
		trim = min(limb(p, 0, -0.4, 0, 0.5, 0.085), limb(m, 0.03, -0.45, 0.25, -0.85, 0.025))
	case "snail":
		hide = circle(p, 0.12, -0.12, 0.56)
		trim = min(math.Max(limb(p, -0.7, 0.5, 0.75, 0.52, 0.13), -hide), limb(p, -0.7, 0.45, -0.74, 0.1, 0.1),
			limb(p, -0.7, 0.05, -0.86, -0.22, 0.025), limb(p, -0.74, 0.05, -0.64, -0.24, 0.025),
			math.Max(math.Abs(circle(p, 0.2, -0.05, 0.24))-0.02, -0.2-p.y))
	case "turtle":
		hide = math.Max(ellipse(p, 0.05, 0.1, 0.66, 0.62, 0), p.y-0.28)
		trim = min(ellipse(p, -0.78, 0.02, 0.2, 0.15, 0.2), limb(p, -0.72, 0.14, -0.5, 0.2, 0.09),
			limb(p, -0.38, 0.3, -0.46, 0.6, 0.1), limb(p, 0.42, 0.3, 0.5, 0.6, 0.1),
			limb(p, 0.65, 0.25, 0.88, 0.3, 0.05))
	default:
		panic("sample: silhouette of an unknown shape")
	}
	return hide, trim
}
