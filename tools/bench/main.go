// Command bench measures fedpurel against PyTorch code for the same work, in turn, on one machine, and against the
// time that its matrix products alone would take.
//
//	go run ./tools/bench -out bench [-python python3] [-repeat 3] [-rounds 100] [-quick]
//	go run ./tools/bench -scale -out bench
//	go run ./tools/bench -images -out bench
//	go run ./tools/bench -featurize -out bench [-python python3] [-model tiny]
//	go run ./tools/bench -inside -out bench [-python python3]
//
// It writes bench.md, bench.json and curves of cost against the size of the problem (SVG). Ratios are taken within
// a repetition, in which both sides run directly after each other; the spread is over repetitions. Without a Python
// that has torch and numpy, only our side is measured. -scale instead trains on 1.3 million rows and on 10,000
// clients, and reports the memory. -images featurizes up to a million images from shards. -featurize instead goes
// from files of pictures to embeddings, against the towers alone and against Pillow, transformers and onnxruntime.
// -inside instead takes steps inside the towers of ViT-B/16: prompts, and LoRA in the last image block.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

type options struct {
	out, python    string
	repeat, rounds int
	quick          bool
	model          string // of -featurize; empty: all
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.out, "out", "bench", "folder for the results")
	flag.StringVar(&o.python, "python", "", "Python with torch and numpy; empty: one made in OUT/venv")
	flag.IntVar(&o.repeat, "repeat", 3, "repetitions of every comparison")
	flag.IntVar(&o.rounds, "rounds", 100, "rounds of the whole run")
	flag.BoolVar(&o.quick, "quick", false, "small sizes: to see that everything works")
	flag.StringVar(&o.model, "model", "", "with -featurize: only this model, tiny or ViT-B/32")
	scale := flag.Bool("scale", false, "instead: 1.3 million rows and 10,000 clients")
	images := flag.Bool("images", false, "instead: a million images from shards")
	inside := flag.Bool("inside", false, "instead: prompts and LoRA inside ViT-B/16")
	featurize := flag.Bool("featurize", false, "instead: from pictures to embeddings")
	flag.Parse()
	if flag.NArg() > 0 || o.repeat < 1 || o.rounds < 1 {
		flag.Usage()
		os.Exit(2)
	}
	do := compare
	switch {
	case *scale:
		do = scaleUp
	case *images:
		do = embedMany
	case *featurize:
		do = encodeAll
	case *inside:
		do = trainInside
	}
	if err := do(o); err != nil {
		log.Fatal("bench: ", err)
	}
}

// compare runs everything but -scale.
func compare(o options) error {
	work, binary, done, err := workshop(o)
	if err != nil {
		return err
	}
	defer done()
	s := standard
	if o.quick {
		s.train, s.test, o.rounds, o.repeat = 2000, 500, 3, 2
	}
	caches, err := s.write(filepath.Join(work, "cache"))
	if err != nil {
		return err
	}
	peer := findPeer(o, trainPeer)
	sheet := sheet{Machine: describe(), Peer: peer.versions(), Rounds: o.rounds}
	log.Println("products")
	if sheet.Rates, err = peer.products(allShapes()); err != nil {
		return err
	}
	sheet.kernels()
	for i := range o.repeat {
		log.Printf("repetition %d of %d: purified step", i+1, o.repeat)
		if err := sheet.step(peer, caches, s); err != nil {
			return err
		}
		log.Printf("repetition %d of %d: %d rounds", i+1, o.repeat, o.rounds)
		if err := sheet.run(peer, binary, caches, filepath.Join(work, fmt.Sprint("run", i)), o.rounds); err != nil {
			return err
		}
	}
	log.Println("curves")
	if err := sheet.curves(o.quick); err != nil {
		return err
	}
	return sheet.write(o.out)
}
