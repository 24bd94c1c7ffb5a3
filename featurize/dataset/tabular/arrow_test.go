package tabular_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular"
	"github.com/fedpurel/fedpurel/train/fault"
)

// oddTable is a table of testdata/make_tables.py.
func oddTable(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "tables", "odd", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOddTables: other types of columns, other versions and containers of the format.
func TestOddTables(t *testing.T) {
	for file, c := range map[string]struct{ format, classes, labels string }{
		"wide.arrow":   {"arrow", "ape|dog house|zebra", "01012"},
		"file.arrow":   {"arrow", "class 0|class 1|class 2", "10102"},
		"old.arrow":    {"arrow", "class 0|class 1|class 2", "10102"},
		"wide.parquet": {"parquet", "ape|dog house|zebra", "01012"},
	} {
		s := settest.List(t, settest.Store(t, t.TempDir(), file, oddTable(t, file)), c.format)
		if got := strings.Join(s.Classes(), "|"); got != c.classes {
			t.Errorf("%s: classes %s", file, got)
		}
		all := append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...)
		for i, label := range c.labels {
			if name := string(label) + " 0000000" + string(rune('0'+i)); !slices.Contains(all, name) {
				t.Errorf("%s lacks %s: %q", file, name, all)
			}
		}
		for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
			for i := range s.Len(split) {
				it := settest.Item(t, s, split, i)
				row := it.Name[7] - '0'
				if err := coloured(s, it, uint32(10*row), uint32(50*[]int{1, 0, 1, 0, 2}[row])); err != nil {
					t.Errorf("%s: %s: %v", file, it.Name, err)
				}
			}
		}
	}
}

// TestImagesBesideTables: rows may have the path of an image instead of its bytes.
func TestImagesBesideTables(t *testing.T) {
	for _, file := range []string{"absent.arrow", "absent.parquet"} {
		root := t.TempDir()
		settest.Store(t, root, "train/"+file, oddTable(t, file))
		settest.Store(t, root, "test/"+file, oddTable(t, file))
		settest.Store(t, root, "train/2.png", []byte("beside it"))
		s := settest.List(t, root, file[7:])
		if got := settest.Names(s, dataset.Train); !slices.Equal(got,
			[]string{"1 train/00000000", "0 train/00000001", "1 train/2.png"}) {
			t.Errorf("%s: %q", file, got)
		}
		if data, err := s.Read(settest.Item(t, s, dataset.Train, 2)); err != nil || string(data) != "beside it" {
			t.Errorf("%s: %q, %v", file, data, err)
		}
		if err := coloured(s, settest.Item(t, s, dataset.Train, 1), 10, 0); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if _, err := s.Read(settest.Item(t, s, dataset.Test, 2)); fault.KindOf(err) != fault.Missing {
			t.Errorf("%s: a missing image: %v", file, err)
		}
		if got := s.About(); got.Missing != 1 || !slices.Equal(got.Examples, []string{"test/2.png"}) {
			t.Errorf("%s: missing %q", file, got.Examples)
		}
		for _, note := range []string{
			"2 rows without an image, such as test/00000003",
			"2 rows with nothing but a path that leads out of the set's folder " +
				"(save_to_disk and push_to_hub embed the images), such as test/00000004",
		} {
			if !strings.Contains(settest.Notes(s), note) {
				t.Errorf("%s: the notes lack %q:\n%s", file, note, settest.Notes(s))
			}
		}
	}
}

func TestArrowRefusals(t *testing.T) {
	plain := oddTable(t, "old.arrow")
	whole, err := os.ReadFile(filepath.Join("testdata", "tables", "saved", "train", "data-00000-of-00002.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		kind fault.Kind
		say  string
	}{
		"compressed": {oddTable(t, "compressed.arrow"), fault.Corrupt, "is compressed"},
		"coded labels": {
			oddTable(t, "coded.arrow"), fault.Corrupt,
			"no column is known to hold the labels (--labels names one); its columns are img, label",
		},
		"views":         {oddTable(t, "views.arrow"), fault.Corrupt, "column text consists of views"},
		"empty":         {nil, fault.Corrupt, "does not begin with a schema"},
		"something":     {bytes.Repeat([]byte("something"), 100), fault.Corrupt, "no Arrow stream"},
		"a pointer":     {[]byte("version https://git-lfs.github.com/spec/v1\n"), fault.Missing, "git lfs pull"},
		"half a header": {plain[:300], fault.Corrupt, "cut short"},
		"half a body":   {plain[:len(plain)-200], fault.Corrupt, "cut short"},
		"three bytes":   {append(slices.Clone(plain[:len(plain)-4]), 1, 2, 3), fault.Corrupt, "cut short"},
	} {
		if _, err := all.Open(settest.Store(t, t.TempDir(), "x.arrow", c.data),
			dataset.DefaultOptions()); fault.KindOf(err) != c.kind || err == nil ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	const mostDescribed = 64 << 20 // bytes of the description of a message
	long := settest.Store(t, t.TempDir(), "x.arrow", binary.LittleEndian.AppendUint32(nil, mostDescribed+8))
	if err := os.Truncate(long, mostDescribed+100); err != nil {
		t.Fatal(err)
	}
	if _, err := all.Open(long, dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "is damaged") {
		t.Errorf("a long header: %v", err)
	}
	root := t.TempDir()
	// A byte that is changed, wherever, is noticed or harmless.
	for i := 0; i < len(whole); i += 3 {
		changed := slices.Clone(whole)
		changed[i] ^= 0xff
		if s, err := tabular.Arrow.Open(settest.Store(t, root, "x.arrow", changed),
			dataset.DefaultOptions()); err == nil {
			for i := range s.Len(dataset.Train) {
				it := settest.Item(t, s, dataset.Train, i)
				if _, err := s.Read(it); err != nil && fault.KindOf(err) != fault.Missing {
					t.Errorf("byte %d: %s: %v", i, it.Name, err)
				}
			}
			_ = s.Close()
		}
	}
}

// TestArrowNames: fields that share one long name do not copy it without end.
func TestArrowNames(t *testing.T) {
	const fields, long = 1000, 1 << 20
	u16, u32 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32
	words := func(b []byte, add func([]byte, uint16) []byte, n ...uint16) []byte {
		for _, v := range n {
			b = add(b, v)
		}
		return b
	}
	const binaryType = 2                             // in Arrow's list of types
	data := u32(nil, 36)                             // to the message
	data = words(data, u16, 12, 12, 0, 4, 8, 0)      // at 4: where the message's fields are
	data = words(data, u16, 8, 8, 0, 4)              // at 16: the schema's
	data = words(data, u16, 10, 12, 4, 0, 8, 0)      // at 24: the column's
	data = u32(append(u32(data, 32), 1, 0, 0, 0), 4) // at 36: the message
	data = u32(u32(data, 48-16), 4)                  // at 48: the schema
	data = u32(data, fields)
	name := len(data) + 4*fields
	for range fields {
		data = u32(data, uint32(name-len(data)))
	}
	data = append(u32(u32(data, uint32(name-24)), 8), binaryType, 0, 0, 0)
	data = append(u32(data, long), make([]byte, long)...)
	file := append(u32(u32(nil, math.MaxUint32), uint32(len(data))), data...)
	if _, err := all.Open(settest.Store(t, t.TempDir(), "x.arrow", file),
		dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "the names of the fields are longer than the schema") {
		t.Error(err)
	}
}

func TestSavedState(t *testing.T) {
	root := t.TempDir()
	table := oddTable(t, "file.arrow")
	settest.Store(t, root, "data-00000-of-00001.arrow", table)
	settest.Store(t, root, "data-00000-of-00002.arrow", table)
	settest.Store(t, root, "cache-0123.arrow", []byte("of a computation"))
	settest.Store(t, root, "state.json",
		[]byte(`{"_data_files":[{"filename":"data-00000-of-00001.arrow"}],"_split":"train"}`))
	settest.Store(t, root, "dataset_info.json",
		[]byte(`{"features":{"label":{"_type":"ClassLabel","names":["a","b","c"]},"img":{"_type":"Image"},`+
			`"x":[{"_type":"Value"}]}}`))
	s := settest.List(t, root, "arrow")
	if s.Len(dataset.Train)+s.Len(dataset.Test) != 5 || !slices.Equal(s.Classes(), []string{"a", "b", "c"}) {
		t.Errorf("%q of %q", settest.Names(s, dataset.Train), s.Classes())
	}
	settest.Store(t, root, "state.json", []byte(`{"_data_files":[{"filename":"data-00001-of-00002.arrow"}]}`))
	if _, err := all.Open(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Missing {
		t.Errorf("a missing file: %v", err)
	}
	settest.Store(t, root, "state.json", []byte(`{"_indices_data_files":[{"filename":"indices.arrow"}]}`))
	if _, err := all.Open(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "flatten_indices") {
		t.Errorf("a selection: %v", err)
	}
	old := t.TempDir() // one file a split
	settest.Store(t, old, "train/dataset.arrow", table)
	settest.Store(t, old, "test/dataset.arrow", table)
	if s := settest.List(t, old, "arrow"); s.Len(dataset.Train) != 5 || s.Len(dataset.Test) != 5 {
		t.Errorf("%d and %d", s.Len(dataset.Train), s.Len(dataset.Test))
	}
	two := t.TempDir()
	settest.Store(t, two, "a/train/dataset.arrow", table)
	settest.Store(t, two, "b/train/dataset.arrow", table)
	if _, err := all.Open(two, dataset.DefaultOptions()); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "folders a, b") {
		t.Errorf("two sets: %v", err)
	}
}

func FuzzArrow(f *testing.F) {
	for _, name := range []string{
		"wide.arrow", "file.arrow", "old.arrow", "coded.arrow", "views.arrow", "absent.arrow",
		"compressed.arrow",
	} {
		f.Add(oddTable(f, name))
	}
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := tabular.Arrow.Open(settest.Store(t, root, "x.arrow", data), dataset.DefaultOptions())
		if err != nil {
			return
		}
		for i := range s.Len(dataset.Train) {
			it, err := s.At(dataset.Train, i)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(it); err != nil && fault.KindOf(err) != fault.Missing {
				t.Errorf("%s: %v", it.Name, err)
			}
		}
		_ = s.Close()
	})
}
