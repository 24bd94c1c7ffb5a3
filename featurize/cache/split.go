package cache

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Split is one split of a cache. It is a fed.Source.
type Split struct {
	info     SplitInfo
	dir      string
	features *npy.Array
	views    *npy.Array // nil if there are none
	labels   []int32
	tokens   *Tokens // nil if there are none
}

func (c *Cache) openSplit(info SplitInfo) (*Split, error) {
	if err := verifyFile(context.Background(), c.Dir, info.Labels); err != nil {
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
	if s.features, err = c.openFeatures(info.Features, info.Rows, c.Manifest.columns()); err != nil {
		return nil, err
	}
	if info.Views != nil {
		if s.views, err = c.openFeatures(*info.Views, info.Rows, c.Manifest.Views, c.Manifest.columns()); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	if err := c.openTokens(s); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// openFeatures maps an array and compares its shape with what the manifest says.
func (c *Cache) openFeatures(file File, shape ...int) (*npy.Array, error) {
	path := filepath.Join(c.Dir, file.Name)
	f, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(f.Shape, shape) || f.DType != c.Manifest.DType {
		err := fault.Corruptf("cache: %s holds %s %v, the manifest says %s %v",
			path, f.DType, f.Shape, c.Manifest.DType, shape)
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (s *Split) close() error {
	err := s.features.Close()
	if s.views != nil {
		err = errors.Join(err, s.views.Close())
	}
	if s.tokens != nil {
		err = errors.Join(err, s.tokens.close())
	}
	return err
}

// checkLabels reports the first label outside [0, classes).
func checkLabels(path string, labels []int32, classes int) error {
	for i, y := range labels {
		if y < 0 || int(y) >= classes {
			return fault.Corruptf("cache: %s: row %d has label %d, but there are %d classes (0 to %d)",
				path, i, y, classes, classes-1)
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
func (s *Split) Gather(dst f32.Matrix, rows []int) error { return s.GatherViews(dst, rows, nil) }

// Views is K, the number of views of each image beside the plain one.
func (s *Split) Views() int {
	if s.views == nil {
		return 0
	}
	return s.views.Shape[1]
}

// GatherViews is Gather for view views[i] ∈ [0,K] of row rows[i]; view 0 is the plain one, and no views at all
// stand for it.
func (s *Split) GatherViews(dst f32.Matrix, rows, views []int) error {
	d := s.Dim()
	if dst.Rows != len(rows) || dst.Cols != d || (views != nil && len(views) != len(rows)) {
		panic(fmt.Sprintf("cache: gather %d rows of %d into %d×%d", len(rows), d, dst.Rows, dst.Cols))
	}
	for i, r := range rows {
		from := s.features
		if views == nil || views[i] == 0 {
			from.Float32At(dst.Row(i), r*d)
		} else {
			from = s.views
			from.Float32At(dst.Row(i), (r*s.Views()+views[i]-1)*d)
		}
		if !f32.Finite(dst.Row(i)) {
			return fault.Corruptf("cache: %s row %d%s is not finite; make the cache again", from.Path(), r, s.name(r))
		}
	}
	return nil
}

// name is " (image)" for a row whose image is known.
func (s *Split) name(row int) (text string) {
	i := 0
	_ = s.eachFile(func(name string) { // a row without a name has none
		if i == row {
			text = " (" + name + ")"
		}
		i++
	})
	return text
}

// Files returns the images' names in row order, relative to the data set's folder, or nil for an imported cache.
func (s *Split) Files() ([]string, error) {
	var names []string
	err := s.eachFile(func(name string) { names = append(names, name) })
	return names, err
}

// Clients returns the name of the site or user that each row belongs to, in row order, empty for nobody's, or nil where
// the data names none.
func (s *Split) Clients() ([]string, error) {
	var names []string
	seen := map[string]string{} // a name occurs often, and is kept once
	err := s.eachLine(s.info.Clients, func(name string) {
		once, known := seen[name]
		if !known {
			once = strings.Clone(name)
			seen[once] = once
		}
		names = append(names, once)
	})
	return names, err
}

// eachFile reads the images' names one by one, and checks that there are as many as rows.
func (s *Split) eachFile(f func(name string)) error { return s.eachLine(s.info.Files, f) }

// eachLine reads a file with a line for each row, if there is one.
func (s *Split) eachLine(of *File, f func(line string)) error {
	if of == nil {
		return nil
	}
	file, err := os.Open(filepath.Join(s.dir, of.Name))
	if err != nil {
		return fault.Missingf("cache: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	n := 0
	for ; lines.Scan(); n++ {
		f(lines.Text())
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("cache: read %s: %w", file.Name(), err)
	}
	if n != s.info.Rows {
		return fault.Corruptf("cache: %s has %d lines, expected one for each of %d images", file.Name(), n, s.info.Rows)
	}
	return nil
}
