package cache

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// held is a part and the folder that it lies in.
type held struct {
	*entry
	dir string
}

// Finish joins the parts, writes the manifest and removes what was temporary. All parts and the class embeddings must be there.
func (w *Writer) Finish(versions map[string]string) (*Manifest, error) {
	m, err := join(w.dir, w.plan, versions, w.journal.dir, func(split string, part int) (held, error) {
		return held{w.journal.find(split, part), w.journal.dir}, nil
	})
	if err != nil {
		return nil, err
	}
	return m, os.RemoveAll(w.journal.dir)
}

// join makes a cache in dir of parts that find knows. Class embeddings and projection lie in the folder once.
func join(dir string, p Plan, versions map[string]string, once string, find func(split string, part int) (held, error)) (*Manifest, error) {
	m := &Manifest{
		Format: FormatVersion, Inputs: p.hash(), Origin: "featurize", Classes: p.Classes, Templates: p.Templates, TextSource: p.TextSource,
		LogitScale: p.LogitScale, Dim: p.Dim, DType: p.DType, Views: p.Views, Model: &p.Model, Data: p.Data, Versions: versions,
	}
	var err error
	if m.Text, err = copyFile(dir, textFile, filepath.Join(once, textFile)); err != nil {
		return nil, err
	}
	if p.Width > 0 {
		if err := m.importProjection(dir, filepath.Join(once, projectionFile)); err != nil {
			return nil, err
		}
		if m.Width != p.Width {
			return nil, fault.Corruptf("cache: the projection has %d columns, the features %d", m.Width, p.Width)
		}
	}
	for _, s := range p.Splits {
		parts := make([]held, Parts(s.Rows))
		for i := range parts {
			if parts[i], err = find(s.Name, i); err != nil {
				return nil, err
			}
		}
		info, err := joinSplit(dir, p, s, parts)
		if err != nil {
			return nil, err
		}
		m.Splits = append(m.Splits, info)
	}
	m.Fingerprint = m.fingerprint()
	if err := durable.WriteJSON(filepath.Join(dir, ManifestFile), m); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return m, nil
}

// joinSplit concatenates the parts of a split. No more than a part is in memory at a time.
func joinSplit(dir string, p Plan, s PlannedSplit, parts []held) (info SplitInfo, err error) {
	info.Name = s.Name
	for i, e := range parts {
		if e.entry == nil {
			panic(fmt.Sprintf("cache: finish without part %d of %s", i, s.Name))
		}
		info.Rows += e.Rows
		info.Skipped = append(info.Skipped, e.Skipped...)
		for name, want := range map[string]string{e.file(): e.SHA256, e.list(): e.List} {
			if err := e.whole(name, want); err != nil {
				return info, err
			}
		}
	}
	if info.Rows+len(info.Skipped) != s.Rows {
		return info, fault.Corruptf("cache: %s of %s has %d rows for %d images, %d of them skipped; remove the folder and start again", s.Name, dir, info.Rows, s.Rows, len(info.Skipped))
	}
	views, columns := p.ViewsOf(s.Name), p.columns()
	array := func(suffix string, from, to int, shape ...int) (File, error) { // columns from…to of all parts
		return store(dir, s.Name+suffix, func(out io.Writer) error {
			if _, err := out.Write(npy.AppendHeader(nil, p.DType, shape...)); err != nil {
				return err
			}
			for _, e := range parts {
				if err := e.copyColumns(out, from, to, (1+views)*columns); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if info.Features, err = array(".features.npy", 0, columns, info.Rows, columns); err != nil {
		return info, err
	}
	if views > 0 {
		file, err := array(".views.npy", columns, (1+views)*columns, info.Rows, views, columns)
		if err != nil {
			return info, err
		}
		info.Views = &file
	}
	if info.Labels, err = store(dir, s.Name+".labels.npy", func(out io.Writer) error {
		if _, err := out.Write(npy.AppendHeader(nil, "<i4", info.Rows)); err != nil {
			return err
		}
		return each(parts, func(label int32, _ string) error { return binary.Write(out, binary.LittleEndian, label) })
	}); err != nil {
		return info, err
	}
	files, err := store(dir, s.Name+".files.txt", func(out io.Writer) error {
		return each(parts, func(_ int32, name string) error { _, err := io.WriteString(out, name+"\n"); return err })
	})
	info.Files = &files
	return info, err
}

// whole compares a file of the part with its recorded hash.
func (h held) whole(name, want string) error {
	path := filepath.Join(h.dir, name)
	got, err := hashFile(path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && got != want) {
		return fault.Mismatchf("cache: part %s is missing or damaged; remove it from the folder's journal or start again", path)
	}
	return err
}

// copyColumns appends columns from…to of the part, of so many in all, to out.
func (h held) copyColumns(out io.Writer, from, to, all int) error {
	a, err := npy.Open(filepath.Join(h.dir, h.file()))
	if err != nil {
		return err
	}
	defer a.Close()
	if len(a.Shape) != 2 || a.Shape[0] != h.Rows || (h.Rows > 0 && a.Shape[1] != all) {
		return fault.Corruptf("cache: part %s has shape %v, expected (%d, %d)", a.Path(), a.Shape, h.Rows, all)
	}
	if from == 0 && to == all {
		_, err = out.Write(a.Data())
		return err
	}
	if h.Rows == 0 {
		return nil
	}
	row := len(a.Data()) / h.Rows
	for i := range h.Rows {
		if _, err := out.Write(a.Data()[i*row+from*row/all : i*row+to*row/all]); err != nil {
			return err
		}
	}
	return nil
}

// each reads the lists of parts, line by line.
func each(parts []held, f func(label int32, name string) error) error {
	for _, e := range parts {
		file, err := os.Open(filepath.Join(e.dir, e.list()))
		if err != nil {
			return fmt.Errorf("cache: %w", err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for err == nil && lines.Scan() {
			number, name, _ := strings.Cut(lines.Text(), " ")
			var label int64
			if label, err = strconv.ParseInt(number, 10, 32); err == nil {
				err = f(int32(label), name)
			}
		}
		if err := errors.Join(err, lines.Err(), file.Close()); err != nil {
			return fmt.Errorf("cache: read %s: %w", file.Name(), err)
		}
	}
	return nil
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
	return store(dir, textFile, func(out io.Writer) error { return npy.WriteFloat32(out, unit.Data, unit.Rows, unit.Cols) })
}
