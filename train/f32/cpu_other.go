//go:build !amd64

package f32

func best() *kernels { return nil }
