package bpe_test

import (
	"fmt"
	"log"

	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/models/tiny"
)

// A prompt as token ids of the embedded model's vocabulary, filled up to a context of sixteen.
func Example() {
	tokens, err := bpe.Load(tiny.Folder().FS, bpe.Options{})
	if err != nil {
		log.Fatal(err)
	}
	ids, length, cut, err := tokens.Encode("a photo of a Teal moth", 16)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ids, length, cut)
	// Output:
	// [628 320 524 513 320 599 591 629 0 0 0 0 0 0 0 0] 8 false
}
