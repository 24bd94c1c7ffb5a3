package f32

// kernels are the inner routines for one instruction set, written by tools/kernels. They work on raw memory: n values
// from every pointer, strides in bytes, nothing is checked.
type kernels struct {
	name  string
	lanes int // values of a vector
	rows  int // of a product's tile; its columns are two vectors

	product   func(rows, k int, a *float32, ra, ca int, b, c *float32, rc int, add bool, ahead *float32, step int)
	transpose func(src *float32, rs, rows, cols int, dst *float32, rd, width int)

	axpy      func(n int, alpha float32, x, y *float32)
	scale     func(n int, alpha float32, x *float32)
	times     func(n int, x, y *float32)
	tanhSlope func(n int, h, d *float32)
	highest   func(n int, x *float32) float32
	dot       func(n int, x, y *float32) float64
	square    func(n int, x, y *float32) float64
	descend   func(n int, lr, wd float32, g, p *float32)
	momentum  func(n int, lr, mu, wd float32, g, m, p *float32)
	weigh     func(n int, w float64, x *float32, sum *float64)
	rescale   func(n int, w float64, x, dst *float32)
	expSum    func(n int, top float32, x, dst *float32) float64
	tanh      func(n int, x *float32)
	quickGelu func(n int, x, slope *float32)
	gelu      func(n int, x, slope *float32)
	widen     func(n int, x *uint16, dst *float32)
	keep      func(n int, scale float32, bits *uint64, x, dst *float32)
	moments   func(n int, beta float64, x *float64, sums *[3]float64)
	temper    func(n int, beta float64, x, dst *float64) float64
}

// simd are the kernels in use; nil on machines that have none.
var simd = best()

// Kernels names the instruction set that the arithmetic uses: AVX-512, AVX2 or plain.
func Kernels() string {
	if simd == nil {
		return "plain"
	}
	return simd.name
}
