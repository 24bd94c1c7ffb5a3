package cache

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// arrays writes a small cache's arrays as NumPy would: float64 features, int64 labels.
func arrays(t *testing.T) Arrays {
	t.Helper()
	dir := t.TempDir()
	save := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	floats := func(name string, rows int) string {
		b := npy.AppendHeader(nil, "<f8", rows, dim)
		for i := range rows * dim {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(i%7)-2.5))
		}
		return save(name, b)
	}
	ints := func(name string, rows int) string {
		b := npy.AppendHeader(nil, "<i8", rows)
		for i := range rows {
			b = binary.LittleEndian.AppendUint64(b, uint64(i%classes))
		}
		return save(name, b)
	}
	return Arrays{
		Train:       floats("x.npy", 9),
		TrainLabels: ints("y.npy", 9),
		Test:        floats("xt.npy", 6),
		TestLabels:  ints("yt.npy", 6),
		Text:        floats("t.npy", classes),
		LogitScale:  50,
	}
}

func TestImport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	m, err := Import(dir, arrays(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.DType != "<f4" || m.LogitScale.Value != 50 || m.Classes[2] != "class 2" {
		t.Errorf("manifest %+v", m)
	}
	c := open(t, dir)
	s, err := c.Split("test")
	if err != nil {
		t.Fatal(err)
	}
	x := f32.New(1, dim)
	if err := s.Gather(x, []int{1}); err != nil || x.Data[0] != 2.5 || s.Labels()[5] != 2 {
		t.Errorf("row 1 is %v, labels %v, %v", x.Data, s.Labels(), err)
	}
	if files, err := s.Files(); files != nil || err != nil {
		t.Errorf("files %v, %v", files, err)
	}
}

func TestImportRefuses(t *testing.T) {
	patch := func(path string, at int, b ...byte) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copy(data[at:], b)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const data = 128 // both headers end there
	nan := binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN()))
	minusOne := bytes.Repeat([]byte{255}, 8)
	for name, c := range map[string]struct {
		spoil func(*Arrays)
		kind  fault.Kind
		say   string
	}{
		"NaN":            {func(a *Arrays) { patch(a.Train, data+8*dim*3, nan...) }, fault.Corrupt, "row 3"},
		"label 9":        {func(a *Arrays) { patch(a.TestLabels, data+8, 9) }, fault.Corrupt, "row 1 has label 9"},
		"negative label": {func(a *Arrays) { patch(a.TrainLabels, data, minusOne...) }, fault.Corrupt, "label -1"},
		"rows":           {func(a *Arrays) { a.TrainLabels = a.TestLabels }, fault.Corrupt, "9 rows"},
		"integers":       {func(a *Arrays) { a.Train = a.TrainLabels }, fault.Corrupt, "floats"},
		"float labels":   {func(a *Arrays) { a.TrainLabels = a.Train }, fault.Corrupt, "integers"},
		"zero text":      {func(a *Arrays) { patch(a.Text, data, make([]byte, 8*dim)...) }, fault.Corrupt, "class 0"},
		"names":          {func(a *Arrays) { a.Classes = []string{"a"} }, fault.Corrupt, "1 class names for 3"},
		"scale":          {func(a *Arrays) { a.LogitScale = math.NaN() }, fault.Usage, "logit scale"},
		"missing":        {func(a *Arrays) { a.Test = "nowhere.npy" }, fault.Missing, "nowhere.npy"},
	} {
		in, dir := arrays(t), filepath.Join(t.TempDir(), "c")
		c.spoil(&in)
		if _, err := Import(dir, in, nil); fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left %v behind", name, left)
		}
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(full, arrays(t), nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("a folder in use: %v", err)
	}
}

// A projection is copied, hashed and checked; features then have its columns.
func TestImportProjection(t *testing.T) {
	in := arrays(t)
	wide := func(name string, rows, cols int) string {
		b := npy.AppendHeader(nil, "<f4", rows, cols)
		for i := range rows * cols {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(i%5)-1.5))
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in.Train, in.Test, in.Projection = wide("x.npy", 9, dim+3), wide("xt.npy", 6, dim+3), wide("p.npy", dim, dim+3)
	dir := filepath.Join(t.TempDir(), "c")
	m, err := Import(dir, in, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, dir)
	s, err := c.Split("train")
	if err != nil {
		t.Fatal(err)
	}
	if m.Width != dim+3 || s.Dim() != dim+3 || c.Projection.Rows != dim || c.Projection.Cols != dim+3 ||
		c.Projection.Data[1] != -0.5 {
		t.Errorf("width %d, columns %d, projection %d×%d", m.Width, s.Dim(), c.Projection.Rows, c.Projection.Cols)
	}
	path := filepath.Join(dir, projectionFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("an edited projection: %v", err)
	}
	in.Projection = wide("t.npy", dim+3, dim)
	if _, err := Import(filepath.Join(t.TempDir(), "d"), in, nil); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "transpose") {
		t.Errorf("a transposed projection: %v", err)
	}
}
