// Command render writes the studio portraits that the embedded encoder is pre-trained on.
//
//	go run ./tools/pretrain/render -out DIR [-n 120000] [-size 64] [-seed 1]
//
// DIR gets images.npy (N,size,size,3) uint8 and species.npy (N,3) uint8: indices of shape, pattern and colour.
// Only species outside the field guide are drawn. names.json lists the attribute words and the guide.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/disintegration/imaging"

	"github.com/fedpurel/fedpurel/featurize/sample"
)

func main() {
	out := flag.String("out", "", "folder to write")
	n := flag.Int("n", 120000, "number of portraits")
	size := flag.Int("size", 64, "edge of the stored pictures in pixels")
	seed := flag.Uint64("seed", 1, "seed of the pictures")
	flag.Parse()
	if *out == "" {
		log.Fatal("render: -out is required")
	}
	if err := run(*out, *n, *size, *seed); err != nil {
		log.Fatal(err)
	}
}

func run(out string, n, size int, seed uint64) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	others := sample.Others()
	pixels := 3 * size * size
	images, species := make([]byte, n*pixels), make([]byte, 3*n)
	var wg sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := w; i < n; i += runtime.GOMAXPROCS(0) {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				s := others[rng.IntN(len(others))]
				img := imaging.Resize(sample.Studio(s, size+rng.IntN(size/2+1), rng), size, size, imaging.CatmullRom)
				for p := range size * size {
					copy(images[i*pixels+3*p:], img.Pix[4*p:4*p+3])
				}
				copy(species[3*i:], []byte{byte(s.Shape), byte(s.Pattern), byte(s.Colour)})
			}
		})
	}
	wg.Wait()
	if err := writeNPY(filepath.Join(out, "images.npy"), images, n, size, size, 3); err != nil {
		return err
	}
	if err := writeNPY(filepath.Join(out, "species.npy"), species, n, 3); err != nil {
		return err
	}
	names, err := json.MarshalIndent(map[string]any{
		"shapes": sample.Shapes, "patterns": sample.Patterns, "colours": sample.Colours, "guide": sample.Guide(),
	}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "names.json"), names, 0o644)
}

// writeNPY writes one uint8 array in NumPy's format, version 1.
func writeNPY(path string, data []byte, shape ...int) error {
	dims := ""
	for _, d := range shape {
		dims += fmt.Sprintf("%d, ", d)
	}
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }", dims)
	header += fmt.Sprintf("%*s\n", 63-(10+len(header))%64, "")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "\x93NUMPY\x01\x00%c%c", len(header)&255, len(header)>>8)
	io.WriteString(w, header)
	w.Write(data)
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
