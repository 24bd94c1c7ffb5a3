package f32

// Keep performs dst_i = scale·x_i where bit i of bits is set, and 0 elsewhere. Bits count from the lowest of every
// word. dst may be x.
func Keep(dst, x []float32, bits []uint64, scale float32) {
	dst = dst[:len(x)]
	for i, v := range x {
		if bits[i/64]>>(i%64)&1 == 0 {
			v = 0
		}
		dst[i] = scale * v
	}
}
