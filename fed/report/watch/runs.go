package watch

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Runs are the runs in some folders; there may come more. Several requests may ask for them at once.
type Runs struct {
	dirs  []string
	title func(method string) string
	mu    sync.Mutex
	open  map[string]*run
}

// Open returns the runs in dirs: each is a run folder, or a folder with run folders below it. It may hold none yet, but
// must be there. A method is called what title returns for it.
func Open(title func(method string) string, dirs ...string) (*Runs, error) {
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, fault.Missingf("watch: there is no folder %s yet; start the training first", dir)
		}
	}
	return &Runs{dirs: dirs, title: title, open: map[string]*run{}}, nil
}

// look reads what is new.
func (w *Runs) look() error {
	for _, dir := range w.dirs {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist): // training moves folders and takes them away
				return nil
			case err != nil:
				return fault.Missingf("watch: %w", err)
			case !e.IsDir():
				return nil
			}
			if _, err := os.Stat(filepath.Join(path, specFile)); err != nil {
				return nil
			}
			if w.open[path] == nil {
				r, err := openRun(path)
				if err != nil {
					return err
				}
				w.open[path] = r
			}
			if err := w.open[path].look(); err != nil {
				return err
			}
			return fs.SkipDir
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// state changes whenever there is more to show.
func (w *Runs) state() string {
	sum := fnv.New64a()
	for _, r := range w.sorted() {
		fmt.Fprintln(sum, r.dir, r.read, r.finished)
	}
	return fmt.Sprintf("%x", sum.Sum64())
}

func (w *Runs) sorted() []*run {
	return slices.SortedFunc(maps.Values(w.open), func(a, b *run) int { return cmp.Compare(a.dir, b.dir) })
}

// group is the runs that differ in seeds alone.
type group struct {
	title string
	ours  bool
	runs  []*run
}

// groups are the runs by what they are, in the order of their folders. Titles that fit several groups get what tells
// them apart: the module, or else the folder.
func (w *Runs) groups() (all []*group) {
	found := map[string]*group{}
	for _, r := range w.sorted() {
		if r.spec.Method == "zeroshot" { // a line, from any run that is finished
			continue
		}
		g := found[r.options]
		if g == nil {
			g = &group{title: cmp.Or(r.spec.Label, w.title(r.spec.Method)), ours: r.spec.Method == "fedpurel"}
			found[r.options] = g
			all = append(all, g)
		}
		g.runs = append(g.runs, r)
	}
	apart(all, func(g *group) string { return g.runs[0].spec.Module })
	apart(all, func(g *group) string { return strings.TrimPrefix(filepath.Base(g.runs[0].dir), "./") })
	return all
}

// apart writes behind titles that several groups have what of says of them.
func apart(all []*group, of func(*group) string) {
	many := map[string]int{}
	for _, g := range all {
		many[g.title]++
	}
	for _, g := range all {
		if many[g.title] > 1 {
			g.title += " (" + of(g) + ")"
		}
	}
}

// zero is zero-shot's scores, once a run is finished.
func (w *Runs) zero() *metric.Scores {
	for _, r := range w.sorted() {
		if r.zero != nil {
			return r.zero
		}
	}
	return nil
}
