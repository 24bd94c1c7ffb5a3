package npy_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/npy"
)

// An array in a file, which np.load opens, too.
func Example() {
	dir, err := os.MkdirTemp("", "npy-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "x.npy")
	err = durable.WriteFile(path, func(w io.Writer) error {
		return npy.WriteFloat32(w, []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	})
	if err != nil {
		log.Fatal(err)
	}
	a, err := npy.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer a.Close()
	row := make([]float32, 3)
	a.Float32At(row, 3) // from the fourth value on
	fmt.Println(a.DType, a.Shape, row)
	// Output:
	// <f4 [2 3] [4 5 6]
}
