package cache

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// PartRows is the number of images in a part, the unit of resuming.
const PartRows = 1024

// Plan is everything that determines a cache's content. Work can be resumed only under an equal plan.
type Plan struct {
	Classes    []string
	Templates  []string
	TextSource *File
	LogitScale LogitScale
	Dim        int
	Width      int    // E, where features come before the visual projection; else 0
	Projection string // the file of that projection (D,E); its hash is among the model's
	DType      npy.DType
	Model      ModelInfo
	Splits     []PlannedSplit
}

// columns is the width of the features.
func (p Plan) columns() int {
	if p.Width > 0 {
		return p.Width
	}
	return p.Dim
}

// PlannedSplit lists the images of a split, in row order, and their labels.
type PlannedSplit struct {
	Name   string
	Files  []string
	Labels []int32
}

// Writer builds a cache part by part. WritePart may be called from several goroutines.
type Writer struct {
	dir     string
	plan    Plan
	journal *journal
	unlock  func()
}

// Create opens dir for writing and takes its lock. A folder that holds a finished cache is refused, one with unfinished
// work too, unless resume is set and the plan is the same; then the finished parts count.
func Create(dir string, plan Plan, resume bool) (*Writer, error) {
	if _, err := os.Stat(filepath.Join(dir, ManifestFile)); err == nil {
		return nil, finished(dir, plan, resume)
	}
	parts := filepath.Join(dir, partsDir)
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
		return nil, fmt.Errorf("cache: make folder: %w", err)
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
	return &Writer{dir, plan, j, unlock}, nil
}

// ErrComplete says that the folder already holds exactly the cache that was planned.
var ErrComplete = errors.New("cache: already complete")

// finished says what to do about a finished cache in the way.
func finished(dir string, plan Plan, resume bool) error {
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	if resume && m.Inputs == plan.hash() {
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
		if name == s.Name+".features.npy" || name == s.Name+".labels.npy" || name == s.Name+".files.txt" {
			return true
		}
	}
	return false
}

const textFile = "text.features.npy"

func (p Plan) hash() string { return hashJSON(p) }

// Parts is the number of parts of a split of n images.
func Parts(n int) int { return (n + PartRows - 1) / PartRows }

// Done reports whether a part of a split is on disk.
func (w *Writer) Done(split string, part int) bool { return w.journal.find(split, part) != nil }

// Skipped is the number of images that finished parts left out.
func (w *Writer) Skipped() int {
	n := 0
	for _, e := range w.journal.all() {
		n += len(e.Skipped)
	}
	return n
}

// WritePart stores the features of part: one row for each image of it that is not skipped, in order.
func (w *Writer) WritePart(split string, part int, features f32.Matrix, skipped []Skip) error {
	if features.Cols != w.plan.columns() {
		panic("cache: features of another dimension than planned")
	}
	limit := float32(3.4e38)
	if w.plan.DType == "<f2" {
		limit = 65504
	}
	for i := range features.Rows {
		for _, v := range features.Row(i) {
			if !(v <= limit && v >= -limit) {
				return fault.Corruptf("cache: the encoder gave a value that does not fit %s (%g, %s part %d row %d); use a model in float32, or --dtype f32", w.plan.DType, v, split, part, i)
			}
		}
	}
	e := entry{Split: split, Part: part, Rows: features.Rows, Skipped: skipped}
	f, err := store(w.journal.dir, e.file(), func(out io.Writer) error {
		if w.plan.DType == "<f2" {
			return npy.WriteFloat16(out, features.Data, features.Rows, features.Cols)
		}
		return npy.WriteFloat32(out, features.Data, features.Rows, features.Cols)
	})
	if err != nil {
		return err
	}
	e.SHA256 = f.SHA256
	return w.journal.add(e)
}

// Close releases the folder; unfinished work stays for resuming.
func (w *Writer) Close() error {
	err := w.journal.close()
	w.unlock()
	return err
}
