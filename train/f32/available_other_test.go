//go:build !amd64

package f32

func available() []*kernels { return []*kernels{nil} }
