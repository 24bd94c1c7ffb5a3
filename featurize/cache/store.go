package cache

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// store writes one file of the cache and returns its name and hash.
func store(dir, name string, write func(io.Writer) error) (File, error) {
	sum := sha256.New()
	err := durable.WriteFile(filepath.Join(dir, name), func(w io.Writer) error {
		out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<20)
		if err := write(out); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		return File{}, fmt.Errorf("cache: %w", err)
	}
	return File{name, hex.EncodeToString(sum.Sum(nil))}, nil
}

// copyFile copies the file at from into dir.
func copyFile(dir, name, from string) (File, error) {
	f, err := os.Open(from)
	if err != nil {
		return File{}, fmt.Errorf("cache: %w", err)
	}
	defer f.Close()
	return store(dir, name, func(out io.Writer) error { _, err := io.Copy(out, f); return err })
}

// storeText writes the class embeddings at unit length.
func storeText(dir string, classes []string, text f32.Matrix) (File, error) {
	unit := f32.New(text.Rows, text.Cols)
	for i := range text.Rows {
		if n := f32.Normalize(unit.Row(i), text.Row(i)); !f32.Finite(text.Row(i)) || n == 0 {
			return File{}, fault.Corruptf("cache: the text embedding of class %q is zero or not finite", classes[i])
		}
	}
	return storeMatrix(dir, textFile, unit)
}

func storeMatrix(dir, name string, x f32.Matrix) (File, error) {
	return store(dir, name, func(w io.Writer) error { return npy.WriteFloat32(w, x.Data, x.Rows, x.Cols) })
}

// put gives the manifest its fingerprint and writes it, which makes the folder a finished cache.
func (m *Manifest) put(dir string) error {
	m.Fingerprint = m.fingerprint()
	if err := durable.WriteJSON(filepath.Join(dir, ManifestFile), m); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// files lists every file that the manifest names.
func (m *Manifest) files() []File {
	all := []File{m.Text}
	for _, f := range []*File{m.Projection, m.Curvature} {
		if f != nil {
			all = append(all, *f)
		}
	}
	for _, s := range m.Splits {
		all = append(append(all, s.Features, s.Labels), s.Tokens...)
		for _, f := range []*File{s.Views, s.Files, s.Clients} {
			if f != nil {
				all = append(all, *f)
			}
		}
		if s.Thumbs != nil {
			all = append(all, s.Thumbs.File)
		}
	}
	return all
}
