package cache

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Cache is an open cache, read-only. It may be used concurrently until Close.
type Cache struct {
	Dir      string
	Manifest *Manifest
	Text     f32.Matrix // T (C,D), unit rows
	// Projection is the visual projection P (D,E) where the features have E columns and come before it; else it is empty.
	Projection f32.Matrix
	splits     []*Split
}

// Open opens a finished cache and checks what is cheap to check: manifest, shapes, sizes, the hashes of the small
// arrays, label ranges, unit class embeddings. Image features are checked as they are read, and all at once by Verify.
func Open(dir string) (*Cache, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	c := &Cache{Dir: dir, Manifest: m}
	if err := c.openText(); err != nil {
		return nil, err
	}
	if err := c.openProjection(); err != nil {
		return nil, err
	}
	for _, info := range m.Splits {
		s, err := c.openSplit(info)
		if err != nil {
			_ = c.Close() // the first error matters
			return nil, err
		}
		c.splits = append(c.splits, s)
	}
	return c, nil
}

// Close unmaps the arrays.
func (c *Cache) Close() error {
	var first error
	for _, s := range c.splits {
		if err := s.features.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Split returns the split called name, such as "train" or "test".
func (c *Cache) Split(name string) (*Split, error) {
	var known []string
	for _, s := range c.splits {
		if s.info.Name == name {
			return s, nil
		}
		known = append(known, s.info.Name)
	}
	return nil, fault.Missingf("cache: %s has no split %q, only %s; featurize a folder that has one", c.Dir, name, strings.Join(known, ", "))
}

func (c *Cache) openText() error {
	path := filepath.Join(c.Dir, c.Manifest.Text.Name)
	if err := verifyFile(c.Dir, c.Manifest.Text); err != nil {
		return err
	}
	a, err := npy.Open(path)
	if err != nil {
		return err
	}
	defer a.Close()
	if len(a.Shape) != 2 || a.Shape[0] != len(c.Manifest.Classes) || a.Shape[1] != c.Manifest.Dim {
		return fault.Corruptf("cache: %s has shape %v, the manifest says (%d, %d)", path, a.Shape, len(c.Manifest.Classes), c.Manifest.Dim)
	}
	data, err := a.Float32s()
	if err != nil {
		return err
	}
	c.Text = f32.Of(a.Shape[0], a.Shape[1], data)
	for i := range c.Text.Rows {
		if n := f32.Norm(c.Text.Row(i)); !(math.Abs(n-1) < 1e-3) {
			return fault.Corruptf("cache: %s: the embedding of class %q has length %g, expected 1", path, c.Manifest.Classes[i], n)
		}
	}
	return nil
}

func (c *Cache) openProjection() error {
	file := c.Manifest.Projection
	if file == nil {
		return nil
	}
	if err := verifyFile(c.Dir, *file); err != nil {
		return err
	}
	p, err := readMatrix(filepath.Join(c.Dir, file.Name))
	if err != nil {
		return err
	}
	if p.Rows != c.Manifest.Dim || p.Cols != c.Manifest.Width || !f32.Finite(p.Data) {
		return fault.Corruptf("cache: %s has shape (%d, %d) or values that are not finite, the manifest says (%d, %d)", filepath.Join(c.Dir, file.Name), p.Rows, p.Cols, c.Manifest.Dim, c.Manifest.Width)
	}
	c.Projection = p
	return nil
}

// Split is one split of a cache. It is a fed.Source.
type Split struct {
	info     SplitInfo
	dir      string
	features *npy.Array
	labels   []int32
}

func (c *Cache) openSplit(info SplitInfo) (*Split, error) {
	if err := verifyFile(c.Dir, info.Labels); err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, info.Labels.Name)
	a, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	s := &Split{info: info, dir: c.Dir}
	if s.labels, err = a.Int32s(); err != nil {
		return nil, err
	}
	if len(s.labels) != info.Rows {
		return nil, fault.Corruptf("cache: %s holds %d labels, the manifest says %d", path, len(s.labels), info.Rows)
	}
	if err := checkLabels(path, s.labels, len(c.Manifest.Classes)); err != nil {
		return nil, err
	}
	path = filepath.Join(c.Dir, info.Features.Name)
	if s.features, err = npy.Open(path); err != nil {
		return nil, err
	}
	if f := s.features; len(f.Shape) != 2 || f.Shape[0] != info.Rows || f.Shape[1] != c.Manifest.columns() || f.DType != c.Manifest.DType {
		err := fault.Corruptf("cache: %s holds %s %v, the manifest says %s (%d, %d)", path, f.DType, f.Shape, c.Manifest.DType, info.Rows, c.Manifest.columns())
		_ = f.Close()
		return nil, err
	}
	return s, nil
}

// checkLabels reports the first label outside [0, classes).
func checkLabels(path string, labels []int32, classes int) error {
	for i, y := range labels {
		if y < 0 || int(y) >= classes {
			return fault.Corruptf("cache: %s: row %d has label %d, but there are %d classes (0 to %d)", path, i, y, classes, classes-1)
		}
	}
	return nil
}

// Info describes the split.
func (s *Split) Info() SplitInfo { return s.info }

// Len is the number of rows.
func (s *Split) Len() int { return s.info.Rows }

// Dim is the number of columns: D, or E before a projection.
func (s *Split) Dim() int { return s.features.Shape[1] }

// Labels returns the labels, to be read only.
func (s *Split) Labels() []int32 { return s.labels }

// Gather copies the features of the given rows into dst, one after the other. A value that is not finite is an error
// that names row and image.
func (s *Split) Gather(dst f32.Matrix, rows []int) error {
	d := s.Dim()
	if dst.Rows != len(rows) || dst.Cols != d {
		panic(fmt.Sprintf("cache: gather %d rows of %d into %d×%d", len(rows), d, dst.Rows, dst.Cols))
	}
	for i, r := range rows {
		s.features.Float32At(dst.Row(i), r*d)
		if !f32.Finite(dst.Row(i)) {
			return fault.Corruptf("cache: %s row %d%s is not finite; make the cache again", s.features.Path(), r, s.name(r))
		}
	}
	return nil
}

// name is " (image)" for a row whose image is known.
func (s *Split) name(row int) string {
	if files, err := s.Files(); err == nil && row < len(files) {
		return " (" + files[row] + ")"
	}
	return ""
}

// Files returns the images' names in row order, relative to the data set's folder, or nil for an imported cache.
func (s *Split) Files() ([]string, error) {
	if s.info.Files == nil {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(s.dir, s.info.Files.Name))
	if err != nil {
		return nil, fault.Missingf("cache: %w", err)
	}
	defer f.Close()
	var names []string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cache: read %s: %w", f.Name(), err)
	}
	if len(names) != s.info.Rows {
		return nil, fault.Corruptf("cache: %s names %d images, expected %d", f.Name(), len(names), s.info.Rows)
	}
	return names, nil
}
