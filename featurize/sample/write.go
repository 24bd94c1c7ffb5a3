package sample

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// Options say how much to render. Start from Default.
type Options struct {
	Train, Test int    // pictures per class and split
	Seed        uint64 // of the pictures; the species never change
	Workers     int    // below 1: one a core
}

// Default is 300 training and 300 test pictures of each of the 48 species. The test pictures are many because the
// few-shot classes are compared to within a point: with 6000 pictures of 20 classes, the standard error of a difference
// between two models that disagree on a fifth of them is 0.6 points.
func Default() Options { return Options{Train: 300, Test: 300, Seed: 1} }

// Name is what the data set is called where known sets have names; MarkerFile, beside its folders, says that this is
// it.
const (
	Name       = "fedpurel-sample"
	MarkerFile = Name + ".json"
)

// marker is the content of MarkerFile.
type marker struct {
	Format string `json:"format"`
	Seed   uint64 `json:"seed"`
	Train  int    `json:"train"` // pictures of each class
	Test   int    `json:"test"`
}

// picture names one file to render.
type picture struct {
	split, class, index int
	path                string
}

var splits = []string{"train", "test"}

// Write renders the data set into dir: train/<class>/ and test/<class>/ with JPEG files (every tenth picture is a
// PNG), classnames.txt, README.txt, overview.png and MarkerFile. The same options give the same bytes. dir must be new
// or empty, or hold this very data set, complete or not, which is then rendered anew: pictures of two sets never mix.
// observe, if not nil, hears how many of how many pictures are done, from several goroutines.
func Write(ctx context.Context, dir string, o Options, observe func(done, total int)) error {
	if o.Train < 1 || o.Test < 1 {
		return fault.Usagef("sample: %d training and %d test pictures a class: at least one of each is needed",
			o.Train, o.Test)
	}
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	release, err := durable.Enter(dir)
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	defer release()
	guide := Guide()
	work, err := layOut(dir, guide, o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range o.Workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(work) {
					return
				}
				if err := work[i].write(guide, o.Seed); err != nil {
					cancel(err)
					return
				}
				if n := int(done.Add(1)); observe != nil {
					observe(n, len(work))
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// layOut makes the folders and the text files and lists the pictures.
func layOut(dir string, guide []Species, o Options) ([]picture, error) {
	about := fmt.Sprintf("Field guide: %d invented species, photographed by %d camera stations.\n"+
		"Made by `fedpurel sample --train %d --test %d --seed %d`. "+
		"The pictures are generated and free of rights (CC0).\n"+
		"A file is called after its station and number; classnames.txt gives each folder's species.\n",
		len(guide), len(stations), o.Train, o.Test, o.Seed)
	if err := claim(dir, about); err != nil {
		return nil, err
	}
	var work []picture
	var names strings.Builder
	for class, s := range guide {
		fmt.Fprintf(&names, "%s %s\n", Folder(class, s), s.Name())
		for split, n := range []int{o.Train, o.Test} {
			folder := filepath.Join(dir, splits[split], Folder(class, s))
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return nil, fmt.Errorf("sample: %w", err)
			}
			for i := range n {
				work = append(work, picture{split, class, i, folder})
			}
		}
	}
	if err := writeText(filepath.Join(dir, "classnames.txt"), names.String()); err != nil {
		return nil, err
	}
	if err := durable.WriteJSON(filepath.Join(dir, MarkerFile), marker{Name, o.Seed, o.Train, o.Test}); err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	return work, writeOverview(filepath.Join(dir, "overview.png"), o.Seed)
}

// claim writes README.txt, which tells the data set apart, unless dir, which is held, has something else.
func claim(dir, about string) error {
	path := filepath.Join(dir, "README.txt")
	switch there, err := os.ReadFile(path); {
	case err == nil && string(there) == about:
		return nil
	case err == nil:
		return fault.Usagef("sample: %s holds other data, as its README.txt says: choose another --out, or remove it",
			dir)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("sample: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	for _, e := range entries {
		if e.Name() != durable.LockFile {
			return fault.Usagef("sample: %s is not empty: choose another --out", dir)
		}
	}
	return writeText(path, about)
}

func writeText(path, text string) error {
	err := durable.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}

// Picture renders one picture of the data set and names the station that took it. split is 0 for train, 1 for test.
func Picture(root seed.Root, split, class, index int) (*image.RGBA, string) {
	rng := root.Stream(seed.SampleImage, uint64(split), uint64(class), uint64(index))
	img, at := field(class, Guide()[class], rng)
	return img, stations[at].name
}

// write renders and stores the picture. Pictures are cheap to make again, so they are not synced to disk one by one.
func (p picture) write(guide []Species, root uint64) error {
	rng := seed.Root(root).Stream(seed.SampleImage, uint64(p.split), uint64(p.class), uint64(p.index))
	img, at := field(p.class, guide[p.class], rng)
	var out bytes.Buffer
	var err error
	kind := "jpg"
	if p.index%10 == 9 {
		kind = "png"
		err = png.Encode(&out, img)
	} else {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: 88})
	}
	if err == nil {
		name := fmt.Sprintf("%s_%04d.%s", stations[at].name, p.index+1, kind)
		err = os.WriteFile(filepath.Join(p.path, name), out.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}
