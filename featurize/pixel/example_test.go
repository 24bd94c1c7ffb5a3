package pixel_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"

	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
)

// The bytes of an image file become the (3,S,S) input of an image tower.
func Example() {
	red := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		red.Set(i%40, i/40, color.RGBA{R: 255, A: 255})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, red); err != nil {
		log.Fatal(err)
	}

	clip, err := models.Preset("clip", 8, "hf")
	if err != nil {
		log.Fatal(err)
	}
	recipe, err := pixel.NewRecipe(clip)
	if err != nil {
		log.Fatal(err)
	}
	picture, err := recipe.Decode(file.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	input := make([]float32, 3*8*8)
	recipe.Apply(picture, input)
	fmt.Printf("red %.3f, green %.3f, blue %.3f\n", input[0], input[64], input[128])
	// Output:
	// red 1.930, green -1.752, blue -1.480
}
