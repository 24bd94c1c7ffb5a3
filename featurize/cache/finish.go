package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Finish joins the parts, writes text (the class embeddings, which it normalises) and the manifest, and removes what
// was temporary. All parts must be done.
func (w *Writer) Finish(text f32.Matrix, versions map[string]string) (*Manifest, error) {
	p := w.plan
	m := &Manifest{
		Format: FormatVersion, Inputs: p.hash(), Origin: "featurize", Classes: p.Classes, Templates: p.Templates, TextSource: p.TextSource,
		LogitScale: p.LogitScale, Dim: p.Dim, DType: p.DType, Model: &p.Model, Versions: versions,
	}
	var err error
	if m.Text, err = storeText(w.dir, p.Classes, text); err != nil {
		return nil, err
	}
	if p.Width > 0 {
		if err := m.importProjection(w.dir, p.Projection); err != nil {
			return nil, err
		}
		if m.Width != p.Width {
			return nil, fault.Corruptf("cache: %s has %d columns, the features %d", p.Projection, m.Width, p.Width)
		}
	}
	for _, s := range p.Splits {
		info, err := w.join(s)
		if err != nil {
			return nil, err
		}
		m.Splits = append(m.Splits, info)
	}
	m.Fingerprint = m.fingerprint()
	if err := durable.WriteJSON(filepath.Join(w.dir, ManifestFile), m); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return m, os.RemoveAll(w.journal.dir)
}

// join concatenates the parts of a split.
func (w *Writer) join(s PlannedSplit) (SplitInfo, error) {
	info := SplitInfo{Name: s.Name}
	skipped := map[string]bool{}
	entries := make([]*entry, Parts(len(s.Files)))
	for i := range entries {
		if entries[i] = w.journal.find(s.Name, i); entries[i] == nil {
			panic(fmt.Sprintf("cache: finish without part %d of %s", i, s.Name))
		}
		info.Rows += entries[i].Rows
		info.Skipped = append(info.Skipped, entries[i].Skipped...)
		for _, skip := range entries[i].Skipped {
			skipped[skip.File] = true
		}
	}
	var labels []int32
	var names strings.Builder
	for i, file := range s.Files {
		if !skipped[file] {
			labels = append(labels, s.Labels[i])
			names.WriteString(file + "\n")
		}
	}
	if len(labels) != info.Rows {
		return info, fault.Corruptf("cache: %s of %s has %d rows for %d images; remove the folder and start again", s.Name, w.dir, info.Rows, len(labels))
	}
	var err error
	if info.Features, err = store(w.dir, s.Name+".features.npy", func(out io.Writer) error {
		if _, err := out.Write(npy.AppendHeader(nil, w.plan.DType, info.Rows, w.plan.columns())); err != nil {
			return err
		}
		for _, e := range entries {
			if err := e.copyTo(out, w.journal.dir); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return info, err
	}
	if info.Labels, err = store(w.dir, s.Name+".labels.npy", func(out io.Writer) error { return npy.WriteInt32(out, labels, len(labels)) }); err != nil {
		return info, err
	}
	files, err := store(w.dir, s.Name+".files.txt", func(out io.Writer) error { _, err := io.WriteString(out, names.String()); return err })
	info.Files = &files
	return info, err
}

// copyTo appends the part's data to out.
func (e *entry) copyTo(out io.Writer, dir string) error {
	path := filepath.Join(dir, e.file())
	if got, err := hashFile(path); errors.Is(err, fs.ErrNotExist) || (err == nil && got != e.SHA256) {
		return fault.Mismatchf("part %s is missing or damaged; remove it from the folder's journal or start again", path)
	} else if err != nil {
		return err
	}
	a, err := npy.Open(path)
	if err != nil {
		return err
	}
	defer a.Close()
	_, err = out.Write(a.Data())
	return err
}

// storeText writes the class embeddings at unit length.
func storeText(dir string, classes []string, text f32.Matrix) (File, error) {
	unit := f32.New(text.Rows, text.Cols)
	for i := range text.Rows {
		if n := f32.Normalize(unit.Row(i), text.Row(i)); !f32.Finite(text.Row(i)) || n == 0 {
			return File{}, fault.Corruptf("cache: the text embedding of class %q is zero or not finite", classes[i])
		}
	}
	return store(dir, textFile, func(out io.Writer) error { return npy.WriteFloat32(out, unit.Data, unit.Rows, unit.Cols) })
}
