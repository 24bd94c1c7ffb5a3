package durable_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
)

// A sealed file tells when it was changed.
func ExampleWriteSealed() {
	dir, err := os.MkdirTemp("", "durable-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "card.json")
	if err := durable.WriteSealed(path, map[string]int{"rounds": 3}); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(durable.CheckSeal(content))
	content[len(`{ "rounds": 3`)+1] = '4'
	fmt.Println(durable.CheckSeal(content))
	// Output:
	// <nil>
	// it was changed or damaged: it does not fit its own checksum
}
