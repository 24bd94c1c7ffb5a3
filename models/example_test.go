package models_test

import (
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
)

// A model folder says what an encoder is before anything runs: here the embedded one; OnDisk has others.
func ExampleOpen() {
	m, err := models.Open(tiny.Folder(), models.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Name, "of family", m.Family, "in layout", m.Layout)
	fmt.Println(m.Preprocess.Size, "pixels,", m.Context, "tokens, dimension", m.Dim)
	// Output:
	// tiny of family clip in layout hf-split
	// 64 pixels, 24 tokens, dimension 128
}
