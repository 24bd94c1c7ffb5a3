package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/f32"
)

// images is one comparison of featurization: a model on a kind of pictures.
type images struct {
	Model, Pictures string
	N               int
	Batch           int
	Repeats         []throughput
	Stages          stages
}

// throughput is one repetition, in images a second on all cores: towers alone on ready tensors, with as many runs at a
// time as there are cores and with one run on all; the whole pipeline; the peer's, plain and with threads that prepare.
type throughput struct{ Bare, BareWide, Ours, Peer, PeerThreads float64 }

// stages are seconds an image on one core.
type stages struct{ Read, Decode, Prepare, Tower float64 }

// encodeAll compares pipelines from files to embeddings.
func encodeAll(o options) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(o.out, "work-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	p := findPeer(o, imagePeer)
	type model struct {
		name, dir string
		photos    int // of 500×375, and of 32×32, to run in a repetition
		small     int
	}
	list := []model{
		{"tiny", filepath.Join(work, "tiny"), 1500, 6000},
		{"ViT-B/32", filepath.Join(work, "vit-b32"), 320, 320},
	}
	if err := os.CopyFS(list[0].dir, tiny.Folder().FS); err != nil {
		return err
	}
	if !p.there() {
		list = list[:1]
	} else if o.model == list[0].name {
	} else {
		export := exec.Command(p.python, "tools/export_clip.py", "--random", "ViT-B-32", "--image-only",
			"--out", list[1].dir)
		if out, err := export.CombinedOutput(); err != nil {
			log.Printf("ViT-B/32 is left out: %v: %s", err, out)
			list = list[:1]
		}
	}
	var all []images
	for _, m := range list {
		if o.model != "" && o.model != m.name {
			continue
		}
		for _, kind := range []string{"500×375 JPEG", "32×32 PNG"} {
			n := m.photos
			if kind != "500×375 JPEG" {
				n = m.small
			}
			if o.quick {
				n, o.repeat = 64, 1
			}
			folder := filepath.Join(work, fmt.Sprint(kind[:2], n))
			if err := pictures(folder, kind, n); err != nil {
				return err
			}
			log.Printf("%s on %d pictures of %s", m.name, n, kind)
			one := images{Model: m.name, Pictures: kind, N: n, Batch: 16}
			if err := one.measure(o, p, m.dir, folder, filepath.Join(work, "cache")); err != nil {
				return err
			}
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("there is no model %q", o.model)
	}
	return writeFeaturize(o.out, p, all)
}

// measure runs all sides in turn.
func (c *images) measure(o options, p peer, model, folder, out string) error {
	cores := runtime.NumCPU()
	m, err := models.Open(models.OnDisk(model), models.Options{NoText: true})
	if err != nil {
		return err
	}
	narrow, err := onnx.Open(m, onnx.Options{Threads: 1})
	if err != nil {
		return err
	}
	defer narrow.Close()
	wide, err := onnx.Open(m, onnx.Options{Threads: cores})
	if err != nil {
		return err
	}
	defer wide.Close()
	set, err := all.Folder(folder, dataset.DefaultOptions())
	if err != nil {
		return err
	}
	if c.Stages, err = c.stages(m, narrow, set); err != nil {
		return err
	}
	for range o.repeat {
		var t throughput
		if t.Bare, err = c.bare(m, narrow, cores); err != nil {
			return err
		}
		if t.BareWide, err = c.bare(m, wide, 1); err != nil {
			return err
		}
		if t.Ours, err = c.ours(m, narrow, set, out, cores); err != nil {
			return err
		}
		if p.there() {
			for threads, into := range map[int]*float64{0: &t.Peer, cores: &t.PeerThreads} {
				var theirs struct{ Seconds float64 }
				err := p.call(&theirs, "--model", model, "--data", folder, "--batch", fmt.Sprint(c.Batch),
					"--cores", fmt.Sprint(cores), "--prepare-threads", fmt.Sprint(threads))
				if err != nil {
					return err
				}
				*into = float64(c.N) / theirs.Seconds
			}
		}
		c.Repeats = append(c.Repeats, t)
	}
	return nil
}

func firstOf(pattern string) string {
	if found, _ := filepath.Glob(pattern); len(found) > 0 {
		return found[0]
	}
	return ""
}

// bare is the rate of a loop that does nothing but run the tower on ready tensors, runners at a time.
func (c *images) bare(m *models.Model, e models.Encoder, runners int) (float64, error) {
	size := 3 * m.Preprocess.Size * m.Preprocess.Size
	pixels := make([]float32, c.Batch*size)
	for i := range pixels {
		pixels[i] = float32(i%255)/128 - 1
	}
	batches := make(chan int, c.N)
	for range c.N / c.Batch {
		batches <- c.Batch
	}
	close(batches)
	var failed error
	var wait sync.WaitGroup
	var mu sync.Mutex
	start := time.Now()
	for range runners {
		wait.Go(func() {
			out := make([]float32, c.Batch*e.Traits().Width)
			for n := range batches {
				if err := e.EncodeImages(pixels, n, out); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	return float64(c.N/c.Batch*c.Batch) / time.Since(start).Seconds(), failed
}

// ours is the rate of featurize.Run, from the first picture to the finished cache.
func (c *images) ours(m *models.Model, e models.Encoder, set dataset.Source, out string, cores int) (float64, error) {
	if err := os.RemoveAll(out); err != nil {
		return 0, err
	}
	given := &featurize.Given{Features: f32.New(len(set.Classes()), e.Traits().Dim), Source: cache.File{Name: "none"}}
	for i := range given.Features.Data {
		given.Features.Data[i] = 1
	}
	var start time.Time
	_, err := featurize.Run(context.Background(), set, m, e, out, featurize.Options{
		Given: given, DType: "<f4", Batch: c.Batch, Workers: cores, Threads: cores,
		Observe: func(done, _ int) {
			if done == 0 {
				start = time.Now()
			}
		},
	})
	return float64(c.N) / time.Since(start).Seconds(), err
}
