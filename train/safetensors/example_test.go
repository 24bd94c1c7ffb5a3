package safetensors_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/train/safetensors"
)

// What Write writes, Python reads with safetensors.numpy.load_file, and Read reads again.
func Example() {
	var file bytes.Buffer
	err := safetensors.Write(&file, []safetensors.Tensor{
		{Name: "weight", Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		{Name: "bias", Shape: []int{2}, Data: []float32{0.5, -0.5}},
	}, map[string]string{"format": "np"})
	if err != nil {
		log.Fatal(err)
	}
	read, err := safetensors.Read(&file, int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range read.Tensors {
		fmt.Println(t.Name, t.Shape, t.Data)
	}
	// Output:
	// bias [2] [0.5 -0.5]
	// weight [2 2] [1 2 3 4]
}
