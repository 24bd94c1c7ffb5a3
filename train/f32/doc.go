// Package f32 is the arithmetic of training: row-major float32 matrices and vectors.
//
// Storage is float32; sums that decide something (dot products, norms, entropies) run in float64. Functions panic on
// shapes that do not fit: that is a programmer's mistake.
//
// # Kernels
//
// On amd64 the inner loops are assembly that tools/kernels writes, for AVX-512 or AVX2 with FMA, whichever the
// processor has; Kernels names it. Everywhere else, and with FEDPUREL_KERNELS=plain, products are gonum's and the
// rest are loops in Go. Every kernel is tested against its plain twin, and exponentials against the standard library,
// with the error that their comments state.
//
// Sums of products take their terms one by one, with fused multiply-adds, whatever the width of a vector: AVX2 and
// AVX-512 give the same bits, and a row's result does not depend on the rows beside it. All functions are serial; who
// calls them decides what runs at once.
//
// # Why this backend
//
// GFLOP/s on one core of a Sapphire Rapids server (make bench for OpenBLAS, which NumPy brings, and MKL, which
// PyTorch brings; FEDPUREL_KERNELS=avx2 go test -bench Products ./train/f32, or plain for gonum; figures vary by a
// tenth from run to run):
//
//	rows × columns × inner              AVX-512    AVX2    gonum    OpenBLAS    MKL
//	32 × 512 × 512   a layer                179      91       16          95    143
//	512 × 512 × 32   a gradient             150      74       10         115    164
//	512 × 512 × 512  evaluation             166      94       15         151    165
//
// Products of training are wide in one direction only: a batch of 32 against a weight that is used once. Libraries pack
// both operands; here the weight is read where it lies, and only the batch is packed. A weight that is frozen is packed
// once instead, and the batch is read where it lies (Packed): a tenth faster, and its panels can be divided.
//
// OpenBLAS and MKL would have to be installed by whoever builds the program, and be called through cgo. Go's own SIMD
// package needs a build experiment that go install does not set.
package f32
