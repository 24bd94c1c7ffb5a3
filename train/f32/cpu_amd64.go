package f32

//go:generate -command kernels go -C ../../tools/kernels run . -pkg f32
//go:generate kernels -out ../../train/f32/kernels_amd64.s -stubs ../../train/f32/kernels_amd64.go

import (
	"os"

	"golang.org/x/sys/cpu"
)

var (
	avx2 = &kernels{
		name: "AVX2", lanes: 8, rows: 6, product: productAVX2, transpose: transposeAVX2,
		axpy: axpyAVX2, scale: scaleAVX2, times: timesAVX2, tanhSlope: tanhSlopeAVX2,
		highest: highestAVX2, dot: dotAVX2, square: squareAVX2,
		descend: descendAVX2, momentum: momentumAVX2, weigh: weighAVX2, rescale: rescaleAVX2,
		expSum: expSumAVX2, tanh: tanhAVX2, moments: momentsAVX2, temper: temperAVX2,
		quickGelu: quickGeluAVX2, gelu: geluAVX2, widen: widenAVX2, keep: keepAVX2,
	}
	avx512 = &kernels{
		name: "AVX-512", lanes: 16, rows: 14, product: productAVX512, transpose: transposeAVX512,
		axpy: axpyAVX512, scale: scaleAVX512, times: timesAVX512, tanhSlope: tanhSlopeAVX512,
		highest: highestAVX512, dot: dotAVX512, square: squareAVX512,
		descend: descendAVX512, momentum: momentumAVX512, weigh: weighAVX512, rescale: rescaleAVX512,
		expSum: expSumAVX512, tanh: tanhAVX512, moments: momentsAVX512, temper: temperAVX512,
		quickGelu: quickGeluAVX512, gelu: geluAVX512, widen: widenAVX512, keep: keepAVX512,
	}
)

// best returns the widest kernels that the processor runs. FEDPUREL_KERNELS=avx2 or plain asks for narrower ones, to
// compare with.
func best() *kernels {
	x, limit := cpu.X86, os.Getenv("FEDPUREL_KERNELS")
	switch {
	case limit == "plain":
		return nil
	case limit != "avx2" && x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512BW && x.HasBMI2:
		return avx512
	case x.HasAVX2 && x.HasFMA:
		return avx2
	}
	return nil
}
