package mat_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset/mat"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat/mattest"
	"github.com/fedpurel/fedpurel/train/fault"
)

type (
	cell    = mat.Cell
	numbers = mat.Numbers
	text    = mat.Text
)

// TestScipy reads files that another program wrote (testdata/make_mat.py).
func TestScipy(t *testing.T) {
	dogs := map[string]mat.Value{
		"file_list": cell{
			text("n02085620-Chihuahua/n02085620_5927.jpg"), text("n02099429-curly-coated_retriever/n02099429_1.jpg"),
		},
		"annotation_list": cell{
			text("n02085620-Chihuahua/n02085620_5927"), text("n02099429-curly-coated_retriever/n02099429_1"),
		},
		"labels": numbers{1, 300},
	}
	for name, want := range map[string]map[string]mat.Value{
		"dogs.mat":       dogs,
		"dogs-plain.mat": dogs,
		"cars.mat": {
			"annotations": mat.Struct{
				Fields: []string{"bbox_x1", "bbox_y1", "class", "fname", "test"},
				Items: [][]mat.Value{
					{numbers{39}, numbers{-116}, numbers{14}, text("00001.jpg"), numbers{0}},
					{numbers{70000.5}, numbers{0.5}, numbers{3}, text("é€😀.jpg"), numbers{1}},
				},
			},
			"class_names": cell{text("AM General Hummer SUV 2000"), text("Ram C/V Cargo Van Minivan 2012")},
			"empty_cell":  cell{}, "empty_text": text(""), "nested": cell{cell{text("in")}, numbers{}},
			"single": numbers{1, 3, 2, 4}, // text of two lines and complex numbers are not read
		},
	} {
		f, err := mat.Read(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(f.Variables, want) {
			t.Errorf("%s:\n%#v, want\n%#v", name, f.Variables, want)
		}
	}
}

// TestForms reads every way in which MATLAB stores numbers and text.
func TestForms(t *testing.T) {
	value := cell{
		numbers{196}, numbers{8144, 1}, numbers{-3, 70000}, numbers{0.25}, numbers{
			1, 2, 3, 4, 5, 6, 7, 8,
			9,
		}, cell{}, numbers{},
		text("00001.jpg"), text("a/b"), text("é€😀"), text(""),
		mat.Struct{
			Fields: []string{"class", "fname"},
			Items:  [][]mat.Value{{numbers{1}, text("x")}, {cell{text("deep")}, numbers{300}}},
		},
	}
	for name, file := range map[string][]byte{
		"UTF-8":     mattest.File(mattest.Variable("v", value, 16), mattest.Variable("w", numbers{1}, 16)),
		"two bytes": mattest.File(mattest.Variable("v", value, 4), mattest.Variable("w", numbers{1}, 4)),
		"UTF-16":    mattest.File(mattest.Variable("v", value, 17), mattest.Variable("w", numbers{1}, 4)),
		"compressed": mattest.File(mattest.Compressed(mattest.Variable("v", value, 4)),
			mattest.Compressed(mattest.Variable("w", numbers{1}, 4))),
		"something beside": mattest.File(mattest.Element(2, []byte("xyzzy")), mattest.Variable("v", value, 4),
			mattest.Variable("w", numbers{1}, 4)),
	} {
		got, err := mat.Parse(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if want := map[string]mat.Value{"v": value, "w": numbers{1}}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%#v, want\n%#v", name, got, want)
		}
	}
	le := binary.LittleEndian
	for name, c := range map[string]struct {
		class   byte
		kind    uint32
		content []byte
		want    mat.Value
	}{
		"int8":    {6, 1, []byte{0xff, 2}, numbers{-1, 2}},
		"int16":   {6, 3, []byte{0xfe, 0xff, 1, 0}, numbers{-2, 1}},
		"uint32":  {13, 6, []byte{0, 0, 0, 0x80, 1, 0, 0, 0}, numbers{1 << 31, 1}},
		"single":  {7, 7, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0}, numbers{1, 0}},
		"int64":   {14, 12, le.AppendUint64(le.AppendUint64(nil, 1<<64-5), 7), numbers{-5, 7}},
		"uint64":  {15, 13, le.AppendUint64(le.AppendUint64(nil, 1<<53), 7), numbers{1 << 53, 7}},
		"Latin-1": {4, 2, []byte{'a', 0xe9}, text("aé")},
		"UTF-32":  {4, 18, le.AppendUint32(le.AppendUint32(nil, 'a'), 0x1f600), text("a😀")},
		"sparse":  {5, 9, nil, nil},
		"objects": {3, 9, nil, nil},
	} {
		got, err := mat.Parse(mattest.File(mattest.Variable("before", numbers{1}, 4),
			mattest.Array(c.class, 2, "v", mattest.Element(c.kind, c.content)),
			mattest.Variable("after", numbers{1}, 4)))
		if err != nil || !reflect.DeepEqual(got["v"], c.want) || got["before"] == nil || got["after"] == nil {
			t.Errorf("%s: %#v, %v", name, got, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	good := mattest.File(mattest.Variable("v", cell{text("a longer text"), numbers{1}}, 16))
	packed := mattest.File(mattest.Compressed(mattest.Variable("v", cell{text("a longer text"), numbers{1}}, 16)))
	deep := mat.Value(cell{})
	for range 20 {
		deep = cell{deep}
	}
	changed := func(data []byte, at int, b ...byte) []byte {
		data = bytes.Clone(data)
		copy(data[at:], b)
		return data
	}
	bomb := mattest.File(mattest.Compressed(make([]byte, 33<<20)))
	for name, c := range map[string]struct {
		data []byte
		say  string
	}{
		"nothing":     {nil, "0 bytes"},
		"version 7.3": {changed(good, 124, 0, 2, 'I', 'M'), "save -v7"},
		"HDF5":        {[]byte("\x89HDF\r\n\x1a\n"), "save -v7"},
		"big-endian":  {changed(good, 124, 1, 0, 'M', 'I'), "big-endian"},
		"version 4":   {make([]byte, 300), "no MAT file"},
		"a page":      {bytes.Repeat([]byte("<html>404</html>"), 30), "no MAT file"},
		"a pointer": {
			[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3177\n"), "git-lfs",
		},
		"truncated":        {good[:len(good)-9], "truncated"},
		"a stray end":      {append(bytes.Clone(good), 1, 2, 3), "truncated"},
		"truncated packed": {packed[:len(packed)-9], "truncated"},
		"damaged packed":   {changed(packed, 140, 0xff, 0xff, 0xff), "damaged"},
		"unpacks to much":  {bomb, "unpacks to more"},
		"nested":           {mattest.File(mattest.Variable("v", deep, 4)), "nested"},
		"large cell":       {mattest.File(mattest.Array(1, 1<<24, "v", nil)), "longer than what is left"},
		"enormous cell":    {mattest.File(mattest.Array(1, 1<<30, "v", nil)), "longer than what is left"},
		"large struct": {
			mattest.File(mattest.Array(2, 1<<24, "v",
				append(mattest.Element(5, []byte{1, 0, 0, 0}), mattest.Element(1, []byte("abcdefgh"))...))),
			"longer than what is left",
		},
		"a million fields": {
			mattest.File(mattest.Array(2, 1, "v",
				append(mattest.Element(5, []byte{1, 0, 0, 0}), mattest.Element(1, make([]byte, 1<<20))...))),
			"1048576 fields",
		},
		"fields of no width": {
			mattest.File(mattest.Array(2, 1, "v",
				append(mattest.Element(5, []byte{0, 0, 0, 0}), mattest.Element(1, []byte("abcdefgh"))...))),
			"names",
		},
		"fewer numbers":     {mattest.File(mattest.Array(6, 3, "v", mattest.Element(2, []byte{1, 2}))), "3 numbers"},
		"numbers of a kind": {mattest.File(mattest.Array(6, 1, "v", mattest.Element(8, []byte{1, 2}))), "type 8"},
		"bad UTF-8":         {mattest.File(mattest.Array(4, 2, "v", mattest.Element(16, []byte{0xff, 0xfe}))), "text"},
		"half a character":  {mattest.File(mattest.Array(4, 2, "v", mattest.Element(4, []byte{1, 2, 3}))), "text"},
		"no array in a cell": {
			mattest.File(mattest.Array(1, 1, "v", mattest.Element(2, []byte("too long")))), "element 1",
		},
		"no flags": {mattest.File(mattest.Element(14, mattest.Element(2, []byte("too long")))), "flags"},
	} {
		if _, err := mat.Parse(c.data); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mat")
	if _, err := mat.Read(path); fault.KindOf(err) != fault.Missing {
		t.Errorf("no file: %v", err)
	}
	write := func(data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte("short"))
	if _, err := mat.Read(path); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), path) {
		t.Errorf("no MAT file: %v", err)
	}
	if _, err := mat.Read(filepath.Dir(path)); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a folder: %v", err)
	}
	if err := os.Truncate(path, 1<<30); err != nil {
		t.Fatal(err)
	}
	if _, err := mat.Read(path); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "at most") {
		t.Errorf("1 GB: %v", err)
	}
	write(mattest.File(mattest.Variable("v", numbers{1}, 4)))
	f, err := mat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := mat.Get[mat.Numbers](f, "v"); err != nil || len(v) != 1 {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := mat.Get[mat.Cell](f, "v"); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "variable v of the kind cell") {
		t.Errorf("numbers for a cell: %v", err)
	}
	if _, err := mat.Get[mat.Struct](f, "w"); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "struct") {
		t.Errorf("no variable: %v", err)
	}
}

// FuzzParse: whatever the bytes, no panic, and values take no more than a few times their space.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"dogs.mat", "dogs-plain.mat", "cars.mat"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(mattest.File(mattest.Variable("v", mat.Struct{
		Fields: []string{"class", "fname"},
		Items:  [][]mat.Value{{numbers{1}, text("é")}, {cell{text("deep")}, numbers{300}}},
	}, 4)))
	f.Fuzz(func(t *testing.T, data []byte) {
		values, err := mat.Parse(data)
		if err != nil {
			return
		}
		if n, total := count(values), len(data); !bytes.Contains(data, []byte{15, 0, 0, 0}) && n > total {
			t.Errorf("%d values in %d bytes", n, total)
		}
	})
}

func count(values map[string]mat.Value) (n int) {
	var of func(v mat.Value)
	of = func(v mat.Value) {
		switch v := v.(type) {
		case mat.Cell:
			for _, e := range v {
				of(e)
			}
		case mat.Struct:
			for _, item := range v.Items {
				of(cell(item))
			}
		case mat.Numbers:
			n += len(v)
		}
		n++
	}
	for _, v := range values {
		of(v)
	}
	return n
}
