package dataset

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// put writes files below root.
func put(t *testing.T, root string, files map[string][]byte) string {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// opened opens a set whose format must be found.
func opened(t *testing.T, root, format string, o Options) Source {
	t.Helper()
	o.TestFraction = 0.5
	return openWith(t, root, format, o)
}

// refused opens a set that must not open.
func refused(t *testing.T, what, root string, o Options, kind fault.Kind, say string) {
	t.Helper()
	o.TestFraction = 0.5
	if s, err := Open(root, o); err == nil {
		_ = s.Close()
		t.Errorf("%s: no error", what)
	} else if fault.KindOf(err) != kind || !strings.Contains(err.Error(), say) {
		t.Errorf("%s: %v (kind %d); want %q", what, err, fault.KindOf(err), say)
	}
}

// bytesOf are the bytes of an image file.
func bytesOf(t *testing.T, s Source, split Split, i int) []byte {
	t.Helper()
	data, err := s.Read(item(t, s, split, i))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// labelsOf are the labels of a split.
func labelsOf(t *testing.T, s Source, split Split) (labels []int) {
	for i := range s.Len(split) {
		labels = append(labels, int(item(t, s, split, i).Label))
	}
	return labels
}

// pattern is n bytes, as testdata/make.py has them.
func pattern(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(7919 * i % 251)
	}
	return out
}

// asPPM is what a planar row of 32×32 pixels must become.
func asPPM(row []byte) []byte {
	out := []byte("P6 32 32 255\n")
	for i := range 1024 {
		out = append(out, row[i], row[1024+i], row[2048+i])
	}
	return out
}

// records are binary records: labels, then pixels that continue a pattern from record to record.
func records(labels ...[]byte) []byte {
	pixels := pattern(3072 * len(labels))
	var out []byte
	for i, l := range labels {
		out = append(append(out, l...), pixels[3072*i:3072*(i+1)]...)
	}
	return out
}

func cifar10Files() map[string][]byte {
	files := map[string][]byte{"batches.meta.txt": []byte("plane\nmotor_car\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"), "test_batch.bin": records([]byte{9}, []byte{0})}
	for i := range 5 {
		files[fmt.Sprintf("data_batch_%d.bin", i+1)] = records([]byte{byte(i)}, []byte{byte(9 - i)}, []byte{7})
	}
	return files
}

func TestCIFAR10Binary(t *testing.T) {
	s := opened(t, put(t, t.TempDir(), cifar10Files()), "cifar-binary", Options{})
	if got := names(s, Train)[2:5]; s.Len(Train) != 15 || !slices.Equal(got, []string{"7 train/00000002", "1 train/00000003", "8 train/00000004"}) {
		t.Errorf("train %q", got)
	}
	if got := names(s, Test); !slices.Equal(got, []string{"9 test/00000000", "0 test/00000001"}) {
		t.Errorf("test %q", got)
	}
	if got := s.Classes(); len(got) != 10 || got[0] != "plane" || got[1] != "motor car" {
		t.Errorf("classes %q", got)
	}
	pixels := pattern(3 * 3072)
	for i := range 15 {
		if !bytes.Equal(bytesOf(t, s, Train, i), asPPM(pixels[3072*(i%3):])) {
			t.Fatalf("image %d is not the one of its record", i)
		}
	}
	if s.About().Templates != "plain" || len(s.About().Notes) != 0 {
		t.Errorf("about %+v", s.About())
	}
}

func TestCIFAR100Binary(t *testing.T) {
	files := map[string][]byte{"data.tar.gz": nil, "cifar-100-binary/train.bin": records([]byte{19, 99}, []byte{0, 4}), "cifar-100-binary/test.bin": records([]byte{3, 50})}
	root := put(t, t.TempDir(), files)
	s := opened(t, root, "cifar-binary", Options{})
	if got := labelsOf(t, s, Train); !slices.Equal(got, []int{99, 4}) || len(s.Classes()) != 100 || s.Classes()[1] != "aquarium fish" {
		t.Errorf("fine labels %v of %d classes", got, len(s.Classes()))
	}
	if !bytes.Equal(bytesOf(t, s, Train, 1), asPPM(pattern(2 * 3072)[3072:])) {
		t.Error("the image is not the one of its record")
	}
	put(t, root, map[string][]byte{"cifar-100-binary/coarse_label_names.txt": []byte(strings.Repeat("water_things\r\n", 20) + "\r\n")})
	s = opened(t, root, "cifar-binary", Options{Labels: "coarse"})
	if got := labelsOf(t, s, Train); !slices.Equal(got, []int{19, 0}) || len(s.Classes()) != 20 || s.Classes()[19] != "water things" {
		t.Errorf("coarse labels %v of %q", got, s.Classes())
	}
	if s = opened(t, root, "cifar-binary", Options{Labels: "fine"}); s.Classes()[99] != "worm" {
		t.Errorf("classes %q", s.Classes())
	}
}

func TestCIFARBinaryRefusals(t *testing.T) {
	for what, c := range map[string]struct {
		files map[string][]byte // nil ones are removed
		o     Options
		kind  fault.Kind
		say   string
	}{
		"missing batch": {map[string][]byte{"data_batch_1.bin": nil}, Options{}, fault.Missing, "data_batch_1.bin of CIFAR-10 is missing"},
		"truncated":     {map[string][]byte{"data_batch_2.bin": make([]byte, 2*3073-1)}, Options{}, fault.Corrupt, "after 1 records of 3073 bytes it has 3072 more"},
		"CIFAR-100's":   {map[string][]byte{"test_batch.bin": make([]byte, 3074)}, Options{}, fault.Corrupt, "records of 3074 bytes"},
		"label":         {map[string][]byte{"test_batch.bin": records([]byte{3}, []byte{10})}, Options{}, fault.Corrupt, "test_batch.bin, record 1: label 10"},
		"names":         {map[string][]byte{"batches.meta.txt": []byte("a\nb\n")}, Options{}, fault.Corrupt, "names 2 classes, CIFAR-10 has 10"},
		"empty name":    {map[string][]byte{"batches.meta.txt": []byte("a\n\nb\n")}, Options{}, fault.Corrupt, "name 2 is empty"},
		"labels":        {nil, Options{Labels: "coarse"}, fault.Usage, "only one kind"},
		"fold":          {nil, Options{Fold: 2}, fault.Usage, "--fold means nothing"},
		"two sets":      {map[string][]byte{"cifar-100-binary/train.bin": nil, "cifar-100-binary/test.bin": records([]byte{1, 1})}, Options{}, fault.Usage, "CIFAR-10 and CIFAR-100"},
		"empty":         {map[string][]byte{"test_batch.bin": {}}, Options{}, fault.Missing, "0 test images"},
	} {
		files := cifar10Files()
		maps.Copy(files, c.files)
		maps.DeleteFunc(files, func(_ string, data []byte) bool { return data == nil })
		refused(t, what, put(t, t.TempDir(), files), c.o, c.kind, c.say)
	}
	hundred := put(t, t.TempDir(), map[string][]byte{"train.bin": records([]byte{20, 1}), "test.bin": records([]byte{1, 1})})
	refused(t, "coarse label", hundred, Options{}, fault.Corrupt, "train.bin, record 0: label 20, but CIFAR-100 has 20 classes")
	refused(t, "other labels", hundred, Options{Labels: "family"}, fault.Usage, "choose fine or coarse")
	refused(t, "foreign", t.TempDir(), Options{Format: "cifar-binary"}, fault.Missing, "looked for data_batch_1.bin and train.bin")
	other := put(t, t.TempDir(), map[string][]byte{"train.bin": make([]byte, 1000), "test.bin": make([]byte, 1000), "a/1.png": nil, "a/2.png": nil, "b/1.png": nil})
	opened(t, other, "folder", Options{Resplit: true})
}

func TestShortenedFile(t *testing.T) {
	root := put(t, t.TempDir(), cifar10Files())
	s := opened(t, root, "cifar-binary", Options{})
	if err := os.Truncate(filepath.Join(root, "test_batch.bin"), 4000); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(item(t, s, Test, 0)); err != nil {
		t.Error(err)
	}
	if _, err := s.Read(item(t, s, Test, 1)); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), "was the file changed?") {
		t.Errorf("shortened: %v", err)
	}
}

// TestOriginalPickles reads CIFAR-100 as Python 2 writes it; testdata/make.py has the values.
func TestOriginalPickles(t *testing.T) {
	parent := t.TempDir() // holds the set and something else
	if err := os.CopyFS(filepath.Join(parent, "cifar-100-python"), os.DirFS("testdata/cifar-100-python")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(parent, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"testdata/cifar-100-python", parent} {
		s := opened(t, root, "cifar-pickle", Options{})
		if got := names(s, Train); !slices.Equal(got, []string{"49 train/00000000", "74 train/00000001", "99 train/00000002"}) {
			t.Errorf("train %q", got)
		}
		if got := names(s, Test); !slices.Equal(got, []string{"49 test/00000000", "74 test/00000001"}) {
			t.Errorf("test %q", got)
		}
		if got := s.Classes(); len(got) != 100 || got[99] != "fine 99" {
			t.Errorf("classes %q", got)
		}
		for i := range 3 {
			if !bytes.Equal(bytesOf(t, s, Train, i), asPPM(pattern(3 * 3072)[3072*i:])) {
				t.Errorf("image %d differs", i)
			}
		}
		if s.About().Templates != "plain" {
			t.Errorf("about %+v", s.About())
		}
	}
	s := opened(t, "testdata/cifar-100-python", "cifar-pickle", Options{Labels: "coarse"})
	if got := labelsOf(t, s, Train); !slices.Equal(got, []int{10, 19, 8}) || s.Classes()[8] != "coarse 8" || len(s.Classes()) != 20 {
		t.Errorf("coarse labels %v of %q", got, s.Classes())
	}
}

// pickled is a dict of an array of uint8 and lists of integers, as cPickle and NumPy of Python 2 write it in protocol 2.
func pickled(rows, columns int, data []byte, lists map[string][]int) []byte {
	var out []byte
	kept := 0
	keep := func() {
		kept++
		if kept < 256 {
			out = append(out, 'q', byte(kept))
		} else {
			out = append(out, 'r', byte(kept), byte(kept>>8), byte(kept>>16), byte(kept>>24))
		}
	}
	number := func(v int) {
		switch {
		case v >= 0 && v < 256:
			out = append(out, 'K', byte(v))
		case v >= 0 && v < 65536:
			out = append(out, 'M', byte(v), byte(v>>8))
		default:
			out = append(out, 'J', byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
		}
	}
	text := func(s string) {
		out = append(append(out, 'U', byte(len(s))), s...)
		keep()
	}
	raw := func(s string) { out = append(out, s...) }
	raw("\x80\x02}")
	keep()
	raw("(")
	text("data")
	raw("cnumpy.core.multiarray\n_reconstruct\n")
	keep()
	raw("cnumpy\nndarray\n")
	keep()
	raw("K\x00\x85U\x01b\x87R")
	keep()
	raw("(K\x01")
	number(rows)
	number(columns)
	raw("\x86cnumpy\ndtype\n")
	keep()
	raw("U\x02u1K\x00K\x01\x87R")
	keep()
	raw("(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T")
	out = append(out, byte(len(data)), byte(len(data)>>8), byte(len(data)>>16), byte(len(data)>>24))
	out = append(out, data...)
	raw("tb")
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		text(key)
		raw("]")
		keep()
		for part := range slices.Chunk(lists[key], 1000) {
			raw("(")
			for _, v := range part {
				number(v)
			}
			raw("e")
		}
	}
	text("batch_label")
	text("training batch")
	raw("u.")
	return out
}

func cifar10Pickles() map[string][]byte {
	files := map[string][]byte{"test_batch": pickled(1, 3072, pattern(3072), map[string][]int{"labels": {9}})}
	for i := range 5 {
		files[fmt.Sprintf("data_batch_%d", i+1)] = pickled(2, 3072, pattern(2*3072), map[string][]int{"labels": {i, 9 - i}})
	}
	return files
}

func TestCIFAR10Pickle(t *testing.T) {
	s := opened(t, put(t, t.TempDir(), cifar10Pickles()), "cifar-pickle", Options{})
	if got := labelsOf(t, s, Train); !slices.Equal(got, []int{0, 9, 1, 8, 2, 7, 3, 6, 4, 5}) || s.Classes()[1] != "automobile" {
		t.Errorf("labels %v of %q", got, s.Classes())
	}
	if got := bytesOf(t, s, Train, 9); !bytes.Equal(got, asPPM(pattern(2 * 3072)[3072:])) {
		t.Error("an image differs")
	}
}

// Python 3 spells the bytes of arrays as text in protocol 2; they are unpacked.
func TestPickleWithTextForBytes(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	files := cifar10Pickles()
	var text []byte
	for _, b := range pattern(3072) {
		text = append(text, string(rune(b))...)
	}
	head := "\x80\x02}q\x00(X\x04\x00\x00\x00dataq\x01cnumpy._core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04c_codecs\nencode\nq\x05X\x01\x00\x00\x00bq\x06" +
		"X\x06\x00\x00\x00latin1q\x07\x86q\x08Rq\x09\x87q\x0aRq\x0b(K\x01K\x01M\x00\x0c\x86q\x0ccnumpy\ndtype\nq\x0dX\x02\x00\x00\x00u1q\x0e\x89\x88\x87q\x0fRq\x10(K\x03X\x01\x00\x00\x00|q\x11" +
		"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x12b\x89h\x05X"
	files["test_batch"] = slices.Concat([]byte(head), []byte{byte(len(text)), byte(len(text) >> 8), 0, 0}, text, []byte("q\x13h\x07\x86q\x14Rq\x15tq\x16bX\x06\x00\x00\x00labelsq\x17]q\x18K\x03au."))
	s := opened(t, put(t, t.TempDir(), files), "cifar-pickle", Options{})
	if got := bytesOf(t, s, Test, 0); item(t, s, Test, 0).Label != 3 || !bytes.Equal(got, asPPM(pattern(3072))) {
		t.Error("the image differs")
	}
	nothingLeft(t, s, temp)
}

// nothingLeft checks that the set leaves no temporary file.
func nothingLeft(t *testing.T, s Source, folder string) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCIFARPickleRefusals(t *testing.T) {
	for what, c := range map[string]struct {
		batch []byte
		say   string
	}{
		"CIFAR-100's":    {pickled(1, 3072, pattern(3072), map[string][]int{"fine_labels": {1}}), "lacks data or labels, and holds batch_label, data, fine_labels"},
		"shape":          {pickled(2, 1536, pattern(3072), map[string][]int{"labels": {1, 1}}), "shape [2 1536]"},
		"counts":         {pickled(2, 3072, pattern(2*3072), map[string][]int{"labels": {1}}), "2 images and 1 labels"},
		"label":          {pickled(2, 3072, pattern(2*3072), map[string][]int{"labels": {1, 10}}), "row 1: label 10"},
		"negative label": {pickled(2, 3072, pattern(2*3072), map[string][]int{"labels": {-1, 1}}), "row 0: label -1"},
		"empty":          {nil, "0 bytes"},
		"truncated":      {pickled(1, 3072, pattern(3072), nil)[:3000], "test_batch: pickle, byte 139: the file is truncated"},
		"no dict":        {[]byte("\x80\x02]."), "no dict"},
		"no list":        {[]byte("\x80\x02}(U\x04dataK\x01U\x06labelsK\x01u."), "lacks data"},
		"foreign class":  {[]byte("\x80\x02cos\nsystem\nU\x02ls\x85R."), "os.system"},
	} {
		files := cifar10Pickles()
		files["test_batch"] = c.batch
		refused(t, what, put(t, t.TempDir(), files), Options{}, fault.Corrupt, c.say)
	}
	files := cifar10Pickles()
	files["batches.meta"] = []byte("\x80\x02}U\x0blabel_names](U\x01aU\x01bes.")
	refused(t, "names", put(t, t.TempDir(), files), Options{}, fault.Corrupt, "names 2 classes")
	files["batches.meta"] = []byte("\x80\x02}U\x05namesN s.")
	refused(t, "meta", put(t, t.TempDir(), files), Options{}, fault.Corrupt, "0x20")
	files["batches.meta"] = []byte("\x80\x02}U\x05namesNs.")
	refused(t, "no names", put(t, t.TempDir(), files), Options{}, fault.Corrupt, "lacks label_names, and holds names")
	delete(files, "data_batch_3")
	refused(t, "missing batch", put(t, t.TempDir(), files), Options{}, fault.Missing, "data_batch_3 of CIFAR-10 is missing")
	other := put(t, t.TempDir(), map[string][]byte{"train": []byte("a list\n"), "test": []byte("a list\n"), "a/1.png": nil, "a/2.png": nil, "b/1.png": nil})
	opened(t, other, "folder", Options{Resplit: true})
}
