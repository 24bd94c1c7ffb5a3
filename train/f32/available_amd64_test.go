package f32

// available lists the kernels that this machine can run, and nil for none.
func available() []*kernels {
	switch best() {
	case avx512:
		return []*kernels{avx512, avx2, nil}
	case avx2:
		return []*kernels{avx2, nil}
	}
	return []*kernels{nil}
}
