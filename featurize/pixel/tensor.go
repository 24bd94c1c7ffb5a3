package pixel

import "math"

// between is where an output sample of a linear interpolation lies: at weight t between source samples i and j.
type between struct {
	i, j int
	t    float32
}

// linear places out samples over in samples with half-pixel centres, without widening the filter when it reduces, as
// torch's interpolate(mode="bilinear", align_corners=False) does.
func linear(in, out int) []between {
	all := make([]between, out)
	for o := range all {
		x := max(0, (float32(o)+0.5)*(float32(in)/float32(out))-0.5)
		i := min(int(math.Floor(float64(x))), in-1)
		all[o] = between{i, min(i+1, in-1), x - float32(i)}
	}
	return all
}

// tensorResize prepares a picture as FedPuReL's release does CIFAR's: first the numbers, (v/255 − mean)/std, then their
// resize, in float32.
func (p *Recipe) tensorResize(img *RGB, dst []float32) {
	s := p.p.Size
	rows, columns := linear(img.H, s), linear(img.W, s)
	for c := range 3 {
		table := &p.table[c]
		at := func(y, x int) float32 { return table[img.Pix[3*(y*img.W+x)+c]] }
		for y, r := range rows {
			line := dst[c*s*s+y*s:][:s]
			for x, q := range columns {
				top := (1-q.t)*at(r.i, q.i) + q.t*at(r.i, q.j)
				bottom := (1-q.t)*at(r.j, q.i) + q.t*at(r.j, q.j)
				line[x] = (1-r.t)*top + r.t*bottom
			}
		}
	}
}
