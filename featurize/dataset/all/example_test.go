package all_test

import (
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
)

// A folder of class folders, opened without a word on what it is.
func ExampleOpen() {
	root, err := os.MkdirTemp("", "set-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	for _, class := range []string{"cat", "guide_dog"} {
		for _, split := range []string{"train", "test"} {
			if err := picture(filepath.Join(root, split, class, "a.png")); err != nil {
				log.Fatal(err)
			}
		}
	}

	set, err := all.Open(root, dataset.DefaultOptions())
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	fmt.Printf("%s of %q\n", set.About().Format, set.Classes())
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range set.Len(split) {
			item, err := set.At(split, i)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(split, item.Label, item.Name)
		}
	}
	// Output:
	// folder of ["cat" "guide dog"]
	// train 0 train/cat/a.png
	// train 1 train/guide_dog/a.png
	// test 0 test/cat/a.png
	// test 1 test/guide_dog/a.png
}

func picture(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return png.Encode(f, image.NewGray(image.Rect(0, 0, 2, 2)))
}
