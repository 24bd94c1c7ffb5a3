package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/train/durable"
)

// stages times the parts of the work one after the other, on one core, over a sample of the pictures.
func (c *images) stages(m *models.Model, e models.Encoder, set dataset.Source) (s stages, err error) {
	view, err := pixel.NewRecipe(m.Preprocess)
	if err != nil {
		return s, err
	}
	n := min(set.Len(dataset.Train), 4*c.Batch)
	size := 3 * m.Preprocess.Size * m.Preprocess.Size
	pixels, out := make([]float32, n*size), make([]float32, n*e.Traits().Width)
	for range 2 { // the first warms up
		s = stages{}
		for i := range n {
			t0 := time.Now()
			it, err := set.At(dataset.Train, i)
			if err != nil {
				return s, err
			}
			data, err := set.Read(it)
			if err != nil {
				return s, err
			}
			t1 := time.Now()
			img, err := view.Decode(data)
			if err != nil {
				return s, err
			}
			t2 := time.Now()
			view.Apply(img, pixels[i*size:(i+1)*size])
			s.Read += t1.Sub(t0).Seconds() / float64(n)
			s.Decode += t2.Sub(t1).Seconds() / float64(n)
			s.Prepare += time.Since(t2).Seconds() / float64(n)
		}
		start := time.Now()
		for first := 0; first+c.Batch <= n; first += c.Batch {
			if err := e.EncodeImages(pixels[first*size:], c.Batch, out); err != nil {
				return s, err
			}
		}
		s.Tower = time.Since(start).Seconds() / float64(n/c.Batch*c.Batch)
	}
	return s, nil
}

// writeFeaturize writes the tables, and all numbers as JSON.
func writeFeaturize(dir string, p peer, all []images) error {
	var b strings.Builder
	m := describe()
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# From files to embeddings\n")
	line("%s, %d cores, %s, %s, commit %s; ONNX Runtime %s, batch 16",
		m.CPU, m.Cores, m.OS, m.Go, m.Commit, onnx.Version())
	if v := p.versions(); len(v) > 0 {
		line("peer: Python %s, Pillow %s, transformers %s (image processor with Pillow), onnxruntime %s, "+
			"the same model file, %d threads", v["python"], v["pillow"], v["transformers"], v["onnxruntime"], m.Cores)
	}
	line("\nImages a second on all cores, mean of %d repetitions; ratios are taken within a repetition, "+
		"the range is over them.", len(all[0].Repeats))
	line("\"Towers alone\" runs the image tower on tensors that are ready: " +
		"the better of one run on each core and one on all.")
	line("The peer is the better of a plain loop and one with threads that prepare batches ahead.\n")
	line("| model | pictures | ours | towers alone | ours / that | peer | ours / peer |")
	line("|---|---|---:|---:|---:|---:|---:|")
	for _, c := range all {
		mean := func(f func(throughput) float64) (sum float64) {
			for _, t := range c.Repeats {
				sum += f(t) / float64(len(c.Repeats))
			}
			return sum
		}
		bare := func(t throughput) float64 { return max(t.Bare, t.BareWide) }
		theirs := func(t throughput) float64 { return max(t.Peer, t.PeerThreads) }
		ours := func(t throughput) float64 { return t.Ours }
		spread := func(f func(throughput) float64) string {
			low, high := 1e300, 0.0
			for _, t := range c.Repeats {
				low, high = min(low, t.Ours/f(t)), max(high, t.Ours/f(t))
			}
			ratio := mean(func(t throughput) float64 { return t.Ours / f(t) })
			return orDash("%.2f", ratio) + fmt.Sprintf(" (%s–%s)", orDash("%.2f", low), orDash("%.2f", high))
		}
		line("| %s | %s | %.1f | %.1f | %s | %s | %s |", c.Model, c.Pictures,
			mean(ours), mean(bare), spread(bare), orDash("%.1f", mean(theirs)), spread(theirs))
	}
	line("\n## Where time goes\n\nMilliseconds an image on one core, one thing after the other.\n")
	line("| model | pictures | read | decode | resize, normalise | image tower | share of the tower |")
	line("|---|---|---:|---:|---:|---:|---:|")
	for _, c := range all {
		s := c.Stages
		all := s.Read + s.Decode + s.Prepare + s.Tower
		line("| %s | %s | %.3f | %.3f | %.3f | %.3f | %.0f %% |", c.Model, c.Pictures,
			1e3*s.Read, 1e3*s.Decode, 1e3*s.Prepare, 1e3*s.Tower, 100*s.Tower/all)
	}
	fmt.Print(b.String())
	numbers := map[string]any{"machine": m, "peer": p.versions(), "images": all}
	if err := durable.WriteJSON(filepath.Join(dir, "featurize.json"), numbers); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "featurize.md"), []byte(b.String()), 0o644)
}
