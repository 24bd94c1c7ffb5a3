package cache

import (
	"context"
	"math"
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
	// Projection is the visual projection P (D,E) where the features have E columns and come before it; else it is
	// empty.
	Projection f32.Matrix
	splits     []*Split
}

// Open opens a finished cache whose files are what they were when it was made, by their recorded hashes: it is Map and
// Check. That features are finite is checked as they are read, and all at once by Verify.
func Open(dir string) (*Cache, error) {
	c, err := Map(dir)
	if err != nil {
		return nil, err
	}
	if err := c.Check(context.Background()); err != nil {
		_ = c.Close() // the first error matters
		return nil, err
	}
	return c, nil
}

// Map opens a finished cache and checks what is cheap to check: manifest, shapes, sizes, the hashes of the small
// arrays, label ranges, unit class embeddings. Image features are taken as they are.
func Map(dir string) (*Cache, error) {
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
		if err := s.close(); first == nil {
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
	if known == nil {
		return nil, fault.Missingf("cache: %s is an identity, without images; name a cache", c.Dir)
	}
	return nil, fault.Missingf("cache: %s has no split %q, only %s; featurize a folder that has one",
		c.Dir, name, strings.Join(known, ", "))
}

func (c *Cache) openText() error {
	path := filepath.Join(c.Dir, c.Manifest.Text.Name)
	if err := verifyFile(context.Background(), c.Dir, c.Manifest.Text); err != nil {
		return err
	}
	a, err := npy.Open(path)
	if err != nil {
		return err
	}
	defer a.Close()
	if len(a.Shape) != 2 || a.Shape[0] != len(c.Manifest.Classes) || a.Shape[1] != c.Manifest.Dim {
		return fault.Corruptf("cache: %s has shape %v, the manifest says (%d, %d)",
			path, a.Shape, len(c.Manifest.Classes), c.Manifest.Dim)
	}
	data, err := a.Float32s()
	if err != nil {
		return err
	}
	c.Text = f32.Of(a.Shape[0], a.Shape[1], data)
	for i := range c.Text.Rows {
		if n := f32.Norm(c.Text.Row(i)); !(math.Abs(n-1) < 1e-3) {
			return fault.Corruptf("cache: %s: the embedding of class %q has length %g, expected 1",
				path, c.Manifest.Classes[i], n)
		}
	}
	return nil
}

func (c *Cache) openProjection() error {
	file := c.Manifest.Projection
	if file == nil {
		return nil
	}
	if err := verifyFile(context.Background(), c.Dir, *file); err != nil {
		return err
	}
	p, err := readMatrix(filepath.Join(c.Dir, file.Name))
	if err != nil {
		return err
	}
	if p.Rows != c.Manifest.Dim || p.Cols != c.Manifest.Width || !f32.Finite(p.Data) {
		return fault.Corruptf("cache: %s has shape (%d, %d) or values that are not finite, the manifest says (%d, %d)",
			filepath.Join(c.Dir, file.Name), p.Rows, p.Cols, c.Manifest.Dim, c.Manifest.Width)
	}
	c.Projection = p
	return nil
}
