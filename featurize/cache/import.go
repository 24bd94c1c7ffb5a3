package cache

import (
	"fmt"
	"io"
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Arrays names the .npy files of a cache made elsewhere.
type Arrays struct {
	Train, TrainLabels string
	Test, TestLabels   string
	Text               string   // (C,D) class embeddings, normalised here
	Projection         string   // (D,E) visual projection, if the features have E columns and come before it; or empty
	Classes            []string // nil: "class 0", "class 1", …
	LogitScale         float64  // exponentiated, > 0
}

// Import copies arrays from NumPy or PyTorch into a new cache in dir. Features may be float16, float32 or float64
// (which becomes float32), labels any integer type. Shapes, label ranges and values are checked on the way.
func Import(dir string, in Arrays, versions map[string]string) (_ *Manifest, err error) {
	if !(in.LogitScale > 0) || math.IsInf(in.LogitScale, 0) {
		return nil, fault.Usagef("cache: logit scale %v: want a positive number, for CLIP 100", in.LogitScale)
	}
	release, err := claim(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() {
		if err != nil { // leave no half cache behind
			wipe(dir)
		}
	}()
	text, err := readMatrix(in.Text)
	if err != nil {
		return nil, err
	}
	if in.Classes == nil {
		for c := range text.Rows {
			in.Classes = append(in.Classes, fmt.Sprintf("class %d", c))
		}
	}
	if len(in.Classes) != text.Rows {
		return nil, fault.Corruptf("cache: %d class names for %d class embeddings in %s",
			len(in.Classes), text.Rows, in.Text)
	}
	m := &Manifest{
		Format: FormatVersion, Origin: "import", Classes: in.Classes, LogitScale: LogitScale{in.LogitScale, "option"},
		Dim: text.Cols, DType: "<f2", Versions: versions,
	}
	if in.Projection != "" {
		if err := m.importProjection(dir, in.Projection); err != nil {
			return nil, err
		}
	}
	sources := []struct{ name, features, labels string }{
		{"train", in.Train, in.TrainLabels},
		{"test", in.Test, in.TestLabels},
	}
	for _, s := range sources { // the wider of the two types serves both
		a, err := npy.Open(s.features)
		if err != nil {
			return nil, err
		}
		if a.DType != "<f2" {
			m.DType = "<f4"
		}
		if err := a.Close(); err != nil {
			return nil, err
		}
	}
	if m.Text, err = storeText(dir, in.Classes, text); err != nil {
		return nil, err
	}
	for _, s := range sources {
		info, err := importSplit(dir, m, s.name, s.features, s.labels)
		if err != nil {
			return nil, err
		}
		m.Splits = append(m.Splits, info)
	}
	if err := m.check(); err != nil {
		return nil, fault.Corruptf("cache: import: %w", err)
	}
	if err := m.put(dir); err != nil {
		return nil, err
	}
	return m, nil
}

const projectionFile = "projection.npy"

// importProjection copies the matrix of the visual projection.
func (m *Manifest) importProjection(dir, path string) error {
	p, err := readMatrix(path)
	if err != nil {
		return err
	}
	switch {
	case p.Rows != m.Dim:
		return fault.Corruptf("cache: %s has shape (%d, %d), expected (%d, columns of the features): transpose it?",
			path, p.Rows, p.Cols, m.Dim)
	case !f32.Finite(p.Data):
		return fault.Corruptf("cache: %s holds NaN or infinity", path)
	}
	m.Width = p.Cols
	file, err := storeMatrix(dir, projectionFile, p)
	m.Projection = &file
	return err
}

func readMatrix(path string) (f32.Matrix, error) {
	a, err := npy.Open(path)
	if err != nil {
		return f32.Matrix{}, err
	}
	defer a.Close()
	if len(a.Shape) != 2 {
		return f32.Matrix{}, fault.Corruptf("cache: %s has shape %v, expected (rows, dimension)", path, a.Shape)
	}
	data, err := a.Float32s()
	if err != nil {
		return f32.Matrix{}, err
	}
	return f32.Of(a.Shape[0], a.Shape[1], data), nil
}

// importSplit copies one split row by row, checking every value.
func importSplit(dir string, m *Manifest, name, features, labels string) (SplitInfo, error) {
	info := SplitInfo{Name: name}
	a, err := npy.Open(labels)
	if err != nil {
		return info, err
	}
	defer a.Close()
	y, err := a.Int32s()
	if err != nil {
		return info, err
	}
	if err := checkLabels(labels, y, len(m.Classes)); err != nil {
		return info, err
	}
	x, err := npy.Open(features)
	if err != nil {
		return info, err
	}
	defer x.Close()
	switch {
	case !x.Floats():
		return info, fault.Corruptf("cache: %s holds %s, expected floats", features, x.DType)
	case len(x.Shape) != 2 || x.Shape[1] != m.columns():
		return info, fault.Corruptf("cache: %s has shape %v, expected (rows, %d) "+
			"as in the text embeddings or the projection", features, x.Shape, m.columns())
	case x.Shape[0] != len(y):
		return info, fault.Corruptf("cache: %s has %d rows, %s has %d labels", features, x.Shape[0], labels, len(y))
	case len(y) == 0:
		return info, fault.Corruptf("cache: %s is empty", features)
	}
	info.Rows = len(y)
	if info.Features, err = store(dir, name+".features.npy", func(w io.Writer) error {
		if _, err := w.Write(npy.AppendHeader(nil, m.DType, info.Rows, m.columns())); err != nil {
			return err
		}
		row, buf := make([]float32, m.columns()), []byte(nil)
		for r := range info.Rows {
			x.Float32At(row, r*m.columns())
			if !f32.Finite(row) {
				return fault.Corruptf("%s row %d holds NaN or infinity; repair the array first", features, r)
			}
			buf = npy.AppendFloats(buf[:0], m.DType, row)
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return info, err
	}
	info.Labels, err = store(dir, name+".labels.npy", func(w io.Writer) error { return npy.WriteInt32(w, y, len(y)) })
	return info, err
}
