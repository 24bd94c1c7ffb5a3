package f32_test

import (
	"fmt"

	"github.com/fedpurel/fedpurel/train/f32"
)

// Products write into a matrix that is there; scratch memory is an arena's, until it is reset.
func Example() {
	var memory f32.Arena
	x := f32.Of(2, 3, []float32{1, 2, 3, 4, 5, 6})
	w := f32.Of(2, 3, []float32{1, 0, 0, 0, 0, 2})
	y := memory.Matrix(2, 2)
	f32.MulT(y, x, w) // y = x wᵀ
	fmt.Println(y.Row(0), y.Row(1))

	p := memory.Matrix(1, 2).Data
	f32.Softmax(p, y.Row(0))
	fmt.Printf("%.3f\n", p)
	memory.Reset()
	// Output:
	// [1 6] [4 12]
	// [0.007 0.993]
}
