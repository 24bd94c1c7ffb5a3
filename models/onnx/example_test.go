//go:build cgo

package onnx_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/ortlib"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/tools/fixture"
)

// A model's image tower on one grey picture. It needs ONNX Runtime, so TestExample runs it where that is.
func Example() {
	m, err := models.Open(tiny.Folder(), models.Options{}) // models.OnDisk has a folder of yours
	if err != nil {
		log.Fatal(err)
	}
	encoder, err := onnx.Open(m, onnx.Options{Threads: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer encoder.Close()
	size := m.Preprocess.Size
	embedding := make([]float32, encoder.Traits().Width)
	if err := encoder.EncodeImages(make([]float32, 3*size*size), 1, embedding); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(embedding), "numbers")
}

func TestExample(t *testing.T) {
	t.Setenv(ortlib.Env, fixture.Runtime(t))
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = out
	Example()
	os.Stdout = stdout
	out.Close()
	if got, err := io.ReadAll(in); err != nil || string(got) != "128 numbers\n" {
		t.Errorf("%q, %v", got, err)
	}
}
