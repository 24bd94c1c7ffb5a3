package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// trainInside times steps inside the towers of ViT-B/16 against PyTorch, in turn, on one core and on two.
func trainInside(o options) error {
	p := findPeer(o, insidePeer)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	m := describe()
	line("# Training inside ViT-B/16 against PyTorch\n")
	line("%s, %d cores, %s, %s, kernels %s, commit %s; peer: %v", m.CPU, m.Cores, m.OS, m.Go, m.Kernels, m.Commit,
		p.versions())
	line("\nSeconds a purified step, forward and back with two cotangents: the median of %d repetitions, each side "+
		"the best of a few steps, in turn. Ratios are of a repetition; their range in brackets.\n", o.repeat)
	line("| step | cores | ours | peer | peer / ours | what the peer does |")
	line("|---|---:|---:|---:|---:|---|")
	text, layers, images := newTextBench(o.quick), "12", "32"
	if o.quick {
		layers, images = "2", "4"
	}
	var share []string
	for _, cores := range []int{1, 2} {
		threads := fmt.Sprint(cores)
		each := func(ours func() float64, what string, peers [][]string, names ...string) error {
			for i, args := range peers {
				log.Printf("%s, %s, %d cores", what, names[i], cores)
				row, err := pairs(o.repeat, ours, func() (float64, error) {
					return p.seconds(append(args, "--threads", threads)...)
				})
				if err != nil {
					return err
				}
				line("| %s | %d | %.4g | %s | %s |", what, cores, row.ours, row.text(), names[i])
			}
			return nil
		}
		err := each(func() float64 { return text.step(cores) }, "prompt, CIFAR-100's names", [][]string{
			{"prompts", "--length", "77", "--layers", layers, "--steps", "1"},
			{"prompts", "--length", "10", "--layers", layers},
		}, "all 77 positions", "texts cut at the longest, 10")
		if err != nil {
			return err
		}
		share = append(share, fmt.Sprintf("%.0f %% of the products' rate on %d", 100*text.share(cores), cores))
		for _, dropout := range []float64{0, 0.25} {
			l, p := newLoRABench(o.quick, dropout), fmt.Sprint(dropout)
			what := "LoRA, last block, 32 images"
			if dropout > 0 {
				what += ", dropout ¼"
			}
			err := each(func() float64 { return l.step(cores) }, what, [][]string{
				{"lora", "--images", images, "--dropout", p}, {"lora", "--images", images, "--dropout", p, "--all"},
			}, "class token alone leaves the block", "all tokens leave")
			if err != nil {
				return err
			}
		}
	}
	line("\nTwo prompt clients side by side, a core each: %.3g s a step. The prompt step reaches %s: what its %.1f "+
		"GFLOP would take at the rate of a block's widest product.", text.sideBySide(), strings.Join(share, ", "),
		3*text.operations/1e9)
	return os.WriteFile(filepath.Join(o.out, "inside.md"), []byte(b.String()), 0o644)
}

// seconds asks the peer for the time of a step; 0 without one.
func (p peer) seconds(args ...string) (float64, error) {
	if !p.there() {
		return 0, nil
	}
	var out struct{ Seconds float64 }
	err := p.call(&out, args...)
	return out.Seconds, err
}

// row is a comparison: medians, and the ratios of all repetitions.
type row struct {
	ours, peer float64
	ratios     []float64
}

func pairs(n int, ours func() float64, peer func() (float64, error)) (r row, err error) {
	var a, b []float64
	for range n {
		t, err := peer()
		if err != nil {
			return r, err
		}
		a, b = append(a, ours()), append(b, t)
		r.ratios = append(r.ratios, t/a[len(a)-1])
	}
	return row{median(a), median(b), r.ratios}, nil
}

func (r row) text() string {
	if r.peer == 0 {
		return "– | –"
	}
	return fmt.Sprintf("%.4g | %.3g (%.3g–%.3g)", r.peer, median(r.ratios), slices.Min(r.ratios), slices.Max(r.ratios))
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}
