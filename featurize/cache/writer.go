package cache

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Writer builds a cache, or a shard of one, part by part. WritePart may be called from several goroutines.
type Writer struct {
	dir     string
	plan    Plan
	journal *journal
	unlock  func()
}

// Files of the folder of parts, beside the parts and the journal.
const (
	planFile  = "plan.json"
	shardFile = "shard.json" // written last: a shard with it is complete
)

// Create opens dir for writing and takes its lock. A folder that holds a finished cache is refused, one with unfinished
// work too, unless resume is set and the plan is the same; then the finished parts count.
func Create(dir string, plan Plan, resume bool) (*Writer, error) {
	parts := filepath.Join(dir, partsDir)
	for _, done := range []string{filepath.Join(dir, ManifestFile), filepath.Join(parts, shardFile)} {
		if _, err := os.Stat(done); err == nil {
			return nil, finished(dir, plan, resume)
		}
	}
	if _, err := os.Stat(parts); err == nil && !resume {
		return nil, fault.Usagef("cache: %s holds unfinished work; continue it with --resume, or remove the folder", dir)
	}
	if entries, err := os.ReadDir(dir); err == nil {
		for _, e := range entries {
			if e.Name() != partsDir && !strings.HasPrefix(e.Name(), ".") && !planned(plan, e.Name()) {
				return nil, fault.Usagef("cache: %s is not empty (it holds %s); choose a new folder for --out", dir, e.Name())
			}
		}
	}
	if err := os.MkdirAll(parts, 0o755); err != nil {
		return nil, fmt.Errorf("cache: make folder: %w; choose a folder that you may write to", err)
	}
	unlock, err := lock(filepath.Join(parts, "lock"))
	if err != nil {
		return nil, fmt.Errorf("cache: %s is being written by another process (%w); wait for it or choose another --out", dir, err)
	}
	j, err := openJournal(parts, plan.hash())
	if err != nil {
		unlock()
		return nil, err
	}
	w := &Writer{dir, plan, j, unlock}
	if plan.Width > 0 {
		if _, err := copyFile(parts, projectionFile, plan.Projection); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	if err := durable.WriteJSON(filepath.Join(parts, planFile), plan); err != nil {
		return nil, errors.Join(fmt.Errorf("cache: %w", err), w.Close())
	}
	return w, nil
}

// ErrComplete says that the folder already holds exactly what was planned.
var ErrComplete = errors.New("cache: already complete")

// finished says what to do about a finished cache, or shard, in the way.
func finished(dir string, plan Plan, resume bool) error {
	var inputs string
	m, err := readManifest(dir)
	switch s, shardErr := openShard(dir); {
	case err == nil:
		inputs = m.Inputs
	case shardErr == nil:
		inputs = s.journal.inputs
	default:
		return err
	}
	if resume && inputs == plan.hash() {
		return ErrComplete
	}
	return fault.Usagef("cache: %s already holds a finished cache; choose another --out", dir)
}

// planned reports whether name is a file that finishing the plan leaves in the folder.
func planned(plan Plan, name string) bool {
	if name == textFile || name == projectionFile {
		return true
	}
	for _, s := range plan.Splits {
		for _, ending := range []string{".features.npy", ".views.npy", ".labels.npy", ".files.txt"} {
			if name == s.Name+ending {
				return true
			}
		}
	}
	return false
}

const textFile = "text.features.npy"

// Done reports whether a part of a split is on disk.
func (w *Writer) Done(split string, part int) bool { return w.journal.find(split, part) != nil }

// Views is the number of views beside the plain one that each image of a split has.
func (w *Writer) Views(split string) int { return w.plan.ViewsOf(split) }

// Part is the result for a stretch of a split. A row of Features belongs to each of its images that is not skipped, in order, as do
// Files and Labels: the plain view first, then the others one after the other.
type Part struct {
	Split    string
	Index    int
	Features f32.Matrix // (n, (1+K)·columns)
	Files    []string
	Labels   []int32
	Skipped  []Skip
}

// WritePart stores a part.
func (w *Writer) WritePart(p Part) error {
	if p.Features.Cols != (1+w.plan.ViewsOf(p.Split))*w.plan.columns() || len(p.Files) != p.Features.Rows || len(p.Labels) != p.Features.Rows {
		panic("cache: a part of another shape than planned")
	}
	limit := float32(3.4e38)
	if w.plan.DType == "<f2" {
		limit = 65504
	}
	for i := range p.Features.Rows {
		for _, v := range p.Features.Row(i) {
			if !(v <= limit && v >= -limit) {
				return fault.Corruptf("cache: the encoder gave a value that does not fit %s (%g, for %s); use a model in float32, or --dtype f32", w.plan.DType, v, p.Files[i])
			}
		}
	}
	e := entry{Split: p.Split, Part: p.Index, Rows: p.Features.Rows, Skipped: p.Skipped}
	f, err := store(w.journal.dir, e.file(), func(out io.Writer) error {
		if w.plan.DType == "<f2" {
			return npy.WriteFloat16(out, p.Features.Data, p.Features.Rows, p.Features.Cols)
		}
		return npy.WriteFloat32(out, p.Features.Data, p.Features.Rows, p.Features.Cols)
	})
	if err != nil {
		return err
	}
	list, err := store(w.journal.dir, e.list(), func(out io.Writer) error {
		lines := bufio.NewWriter(out)
		for i, file := range p.Files {
			fmt.Fprintf(lines, "%d %s\n", p.Labels[i], file)
		}
		return lines.Flush()
	})
	e.SHA256, e.List = f.SHA256, list.SHA256
	if err != nil {
		return err
	}
	return w.journal.add(e)
}

// PutText stores the class embeddings, which Finish normalises; HasText tells whether that was done, now or by earlier work.
func (w *Writer) PutText(text f32.Matrix) error {
	_, err := storeText(w.journal.dir, w.plan.Classes, text)
	return err
}

// HasText is there for PutText.
func (w *Writer) HasText() bool {
	a, err := npy.Open(filepath.Join(w.journal.dir, textFile))
	if err != nil {
		return false
	}
	return a.Close() == nil && len(a.Shape) == 2 && a.Shape[0] == len(w.plan.Classes) && a.Shape[1] == w.plan.Dim
}

// Close releases the folder; unfinished work stays for resuming.
func (w *Writer) Close() error {
	err := w.journal.close()
	w.unlock()
	return err
}
