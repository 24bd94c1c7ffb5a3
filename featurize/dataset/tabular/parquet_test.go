package tabular_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
)

func TestParquetLayouts(t *testing.T) {
	train, test := settest.Parquet(t, settest.Rows(0, 0, 1, 1), settest.Described("dog_house", "n01440764")),
		settest.Parquet(t, settest.Rows(0, 1), settest.Described("dog_house", "n01440764"))
	for name, files := range map[string]map[string][]byte{
		"hub": {
			"data/train-00000-of-00001-0123abcd.parquet": train, "data/test-00000-of-00001.parquet": test,
			"README.md": nil, "data/metadata.parquet": nil,
		},
		"convert": {"default/train/0000.parquet": train, "default/test/0000.parquet": test},
		"folders": {"train/a.parquet": train, "validation/a.parquet": test},
		"flat":    {"train.parquet": train, "test.parquet": test, "unsupervised.parquet": test},
	} {
		root := t.TempDir()
		for file, data := range files {
			settest.Store(t, root, file, data)
		}
		s := settest.List(t, root, "parquet")
		if got := s.Classes(); !slices.Equal(got, []string{"dog house", "tench"}) {
			t.Errorf("%s: classes %q", name, got)
		}
		content := func(n string) string { return "image of row " + n[len(n)-1:] }
		settest.Wants(t, s, dataset.Train, content, "0 train/00000000", "1 train/00000001", "1 train/00000002")
		split := "test"
		if name == "folders" {
			split = "val"
		}
		settest.Wants(t, s, dataset.Test, content, "1 "+split+"/00000000")
	}
	root := t.TempDir()
	settest.Store(t, root, "fine/train/0.parquet", train)
	settest.Store(t, root, "coarse/train/0.parquet", train)
	if _, err := all.Open(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "folders coarse, fine") {
		t.Errorf("two sets: %v", err)
	}
}

func TestParquetLabels(t *testing.T) {
	rows := settest.Rows(0, 0, 2, -1, 2, 0, 1)
	rows[5].Label = nil
	s := settest.List(t, settest.Store(t, t.TempDir(), "x.parquet", settest.Parquet(t, rows)), "parquet")
	if got := strings.Join(s.Classes(), "|"); got != "class 0|class 1|class 2" ||
		s.Len(dataset.Train)+s.Len(dataset.Test) != 4 {
		t.Errorf("%s: %q %q", got, settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
	}
	for _, note := range []string{"2 images without a label", "3 of 3 classes have no name"} {
		if !strings.Contains(settest.Notes(s), note) {
			t.Errorf("the notes lack %q:\n%s", note, settest.Notes(s))
		}
	}
	type other struct {
		Img   []byte `parquet:"img"`
		Label string `parquet:"label,dict"`
		Small bool   `parquet:"small"`
	}
	var words []other
	for i, w := range strings.Fields("sea_lion Zebra sea_lion Zebra") {
		words = append(words, other{[]byte(fmt.Sprint(i)), w, i < 2})
	}
	s = settest.List(t, settest.Store(t, t.TempDir(), "x.parquet", settest.Parquet(t, words)), "parquet")
	if got := strings.Join(s.Classes(), "|"); got != "Zebra|sea lion" || s.Len(dataset.Train) != 2 ||
		s.Len(dataset.Test) != 2 {
		t.Errorf("%s: %q %q", got, settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
	}
	for _, line := range append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...) {
		if row := line[len(line)-1] - '0'; line[0] != "1010"[row] {
			t.Errorf("label of %s", line)
		}
	}
	s, err := all.Open(settest.Store(t, t.TempDir(), "x.parquet", settest.Parquet(t, words)),
		dataset.Options{TestFraction: 0.2, Labels: "small", Column: "img"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...),
		"|"); len(s.Classes()) != 2 || !strings.Contains(got, "1 00000000") || !strings.Contains(got, "0 00000002") {
		t.Errorf("%s", got)
	}
}

// TestParquetDoubles: whole numbers serve as labels, as pandas has them where some are missing.
func TestParquetDoubles(t *testing.T) {
	type row struct {
		Image []byte   `parquet:"image"`
		Label *float64 `parquet:"label,optional"`
	}
	var rows []row
	for _, f := range []float64{0, 1, math.NaN(), 1, 0, 0.5} {
		rows = append(rows, row{[]byte("x"), &f})
	}
	rows = append(rows, row{[]byte("x"), nil})
	whole := append(slices.Clone(rows[:5]), rows[6])
	s := settest.List(t, settest.Store(t, t.TempDir(), "x.parquet", settest.Parquet(t, whole)), "parquet")
	if len(s.Classes()) != 2 || s.Len(dataset.Train)+s.Len(dataset.Test) != 4 ||
		!strings.Contains(settest.Notes(s), "2 images without a label") {
		t.Errorf("%q %q\n%s", settest.Names(s, dataset.Train), settest.Names(s, dataset.Test), settest.Notes(s))
	}
	if _, err := all.Open(settest.Store(t, t.TempDir(), "x.parquet", settest.Parquet(t, rows)),
		dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "row 5 has the label 0.5, which is no whole number; cast the column to int64") {
		t.Error(err)
	}
}

func TestParquetRefusals(t *testing.T) {
	good := settest.Parquet(t, settest.Rows(100, 0, 1, 0, 1))
	long := slices.Clone(good)
	binary.LittleEndian.PutUint32(long[len(long)-8:], 1<<31)
	broken := slices.Clone(good)
	for i := range 40 {
		broken[len(broken)-20-i] ^= 0x55
	}
	type noImage struct {
		Label int64    `parquet:"label"`
		Parts [][]byte `parquet:"parts,list"`
	}
	type noLabel struct {
		Image []byte `parquet:"image"`
		ID    int64  `parquet:"id"`
	}
	for name, c := range map[string]struct {
		data []byte
		kind fault.Kind
		say  string
	}{
		"cut short":   {good[:len(good)-9], fault.Corrupt, "does not end like one"},
		"empty":       {nil, fault.Corrupt, "does not end like one"},
		"long footer": {long, fault.Corrupt, "does not end like one"},
		"broken":      {broken, fault.Corrupt, "x.parquet"},
		"a pointer":   {[]byte("version https://git-lfs.github.com/spec/v1\n"), fault.Missing, "git lfs pull"},
		"no image": {
			settest.Parquet(t, []noImage{{1, nil}}), fault.Corrupt,
			"hold the images (--column names one); its columns are label, parts",
		},
		"no label": {
			settest.Parquet(t, []noLabel{{nil, 1}}), fault.Corrupt,
			"hold the labels (--labels names one); its columns are image, id",
		},
		"out of range": {
			settest.Parquet(t, settest.Rows(0, 0, 1, 2), settest.Described("a", "b")), fault.Corrupt,
			"row 00000002 has label 2, but there are 2 classes",
		},
		"negative": {
			settest.Parquet(t, settest.Rows(0, 0, 1, -7), settest.Described("a", "b")), fault.Corrupt,
			"row 00000002 has label -7",
		},
		"huge": {
			settest.Parquet(t, settest.Rows(0, 0, 1, math.MaxInt64)), fault.Corrupt,
			"row 00000002 has label 9223372036854775807",
		},
	} {
		if _, err := all.Open(settest.Store(t, t.TempDir(), "x.parquet", c.data),
			dataset.DefaultOptions()); fault.KindOf(err) != c.kind || err == nil ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	root := t.TempDir()
	settest.Store(t, root, "train-0.parquet", good)
	settest.Store(t, root, "train-1.parquet", settest.Parquet(t, []noLabel{{nil, 1}}))
	if _, err := all.Open(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "train-1.parquet has no column label like the first file's") {
		t.Errorf("another table: %v", err)
	}
}

// TestParquetPages: images come out right whatever the order, the pages and what is kept of them, also for several
// goroutines.
func TestParquetPages(t *testing.T) {
	defer tabular.KeepBytes(5000)() // the reader must go back
	labels := make([]int64, 400)
	for i := range labels {
		labels[i] = int64(i % 2)
	}
	rows := settest.Rows(900, labels...)
	for name, options := range map[string][]parquet.WriterOption{
		"one group": {parquet.PageBufferSize(4000)},
		"groups": {
			parquet.PageBufferSize(4000), parquet.MaxRowsPerRowGroup(70), parquet.Compression(&parquet.Snappy),
		},
		"large pages": {
			parquet.MaxRowsPerRowGroup(70), parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(2),
		},
		"dictionaries": {
			parquet.PageBufferSize(4000), parquet.MaxRowsPerRowGroup(90),
			parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.RLEDictionary),
		},
	} {
		root := t.TempDir()
		settest.Store(t, root, "train.parquet", settest.Parquet(t, rows, options...))
		settest.Store(t, root, "test.parquet", settest.Parquet(t, rows[:100], options...))
		s := settest.List(t, root, "parquet")
		read := func(split dataset.Split, i int) {
			it, err := s.At(split, i)
			if err != nil {
				t.Error(err)
				return
			}
			if data, err := s.Read(it); err != nil || len(data) != 900 ||
				!bytes.HasPrefix(data, []byte(fmt.Sprintf("image of row %d\x00", i))) {
				t.Errorf("%s: image %d of %s: %.20q, %v", name, i, split, data, err)
			}
		}
		for _, order := range []func(i int) int{func(i int) int { return i }, func(i int) int { return 399 - i },
			func(i int) int { return i * 37 % 400 }, func(i int) int { return i ^ 3 }} {
			for i := range 400 {
				read(dataset.Train, order(i))
				if i%40 == 0 {
					read(dataset.Test, order(i)%100)
				}
			}
		}
		var all sync.WaitGroup
		for g := range 4 {
			all.Go(func() {
				for i := g; i < 400; i += 4 {
					read(dataset.Train, i)
				}
			})
		}
		all.Wait()
	}
}

// TestParquetWithoutIndex: a file of several pages that does not say where they lie.
func TestParquetWithoutIndex(t *testing.T) {
	defer tabular.KeepBytes(1)()
	s := settest.List(t, settest.Store(t, t.TempDir(), "pages.parquet", oddTable(t, "pages.parquet")), "parquet")
	for _, order := range []func(i int) int{func(i int) int { return i },
		func(i int) int { return s.Len(dataset.Train) - 1 - i },
		func(i int) int { return i * 7 % s.Len(dataset.Train) }} {
		for i := range s.Len(dataset.Train) {
			it := settest.Item(t, s, dataset.Train, order(i))
			var row uint32
			if _, err := fmt.Sscan(strings.TrimLeft(it.Name, "0")+" ", &row); err != nil && it.Name != "00000000" {
				t.Fatal(err)
			}
			if err := coloured(s, it, 10*row, 50*uint32(it.Label)); err != nil {
				t.Errorf("%s: %v", it.Name, err)
			}
		}
	}
}

// TestParquetChanged: a table that is changed while it is read gives errors, not other images' bytes.
func TestParquetChanged(t *testing.T) {
	root := t.TempDir()
	settest.Store(t, root, "x.parquet", settest.Parquet(t, settest.Rows(0, 0, 1, 0, 1, 0, 1)))
	s := settest.List(t, root, "parquet")
	settest.Store(t, root, "x.parquet", settest.Parquet(t, settest.Rows(0, 0)))
	failed := 0
	for i := range s.Len(dataset.Train) {
		if _, err := s.Read(settest.Item(t, s, dataset.Train, i)); fault.KindOf(err) == fault.Corrupt {
			failed++
		}
	}
	if failed < s.Len(dataset.Train)-1 {
		t.Errorf("%d of %d images failed", failed, s.Len(dataset.Train))
	}
}

func FuzzParquet(f *testing.F) {
	f.Add(settest.Parquet(f, settest.Rows(10, 0, 1, 0, 1), settest.Described("a", "b")))
	f.Add(settest.Parquet(f, settest.Rows(10, 0, 1, 0, 1), parquet.Compression(&parquet.Snappy)))
	f.Add(oddTable(f, "absent.parquet"))
	f.Add(oddTable(f, "wide.parquet"))
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := tabular.Parquet.Open(settest.Store(t, root, "x.parquet", data), dataset.DefaultOptions())
		if err != nil {
			return
		}
		for i := range s.Len(dataset.Train) {
			it, err := s.At(dataset.Train, i)
			if err != nil {
				t.Fatal(err)
			}
			if data, err := s.Read(it); err == nil && len(data) > 1<<20 {
				t.Errorf("%s has %d bytes", it.Name, len(data))
			}
		}
		_ = s.Close()
	})
}
