package array_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

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
		s := settest.OpenHalved(t, root, "cifar-pickle", dataset.Options{})
		if got := settest.Names(s, dataset.Train); !slices.Equal(got,
			[]string{"49 train/00000000", "74 train/00000001", "99 train/00000002"}) {
			t.Errorf("train %q", got)
		}
		if got := settest.Names(s, dataset.Test); !slices.Equal(got, []string{"49 test/00000000", "74 test/00000001"}) {
			t.Errorf("test %q", got)
		}
		if got := s.Classes(); len(got) != 100 || got[99] != "fine 99" {
			t.Errorf("classes %q", got)
		}
		for i := range 3 {
			if !bytes.Equal(settest.Bytes(t, s, dataset.Train, i), asPPM(settest.Pattern(3 * 3072)[3072*i:])) {
				t.Errorf("image %d differs", i)
			}
		}
		if s.About().Templates != "plain" {
			t.Errorf("about %+v", s.About())
		}
	}
	s := settest.OpenHalved(t, "testdata/cifar-100-python", "cifar-pickle", dataset.Options{Labels: "coarse"})
	if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, []int{10, 19, 8}) ||
		s.Classes()[8] != "coarse 8" || len(s.Classes()) != 20 {
		t.Errorf("coarse labels %v of %q", got, s.Classes())
	}
}

func cifar10Pickles() map[string][]byte {
	files := map[string][]byte{
		"test_batch": settest.Pickle(1, 3072, settest.Pattern(3072), map[string][]int{"labels": {9}}),
	}
	for i := range 5 {
		files[fmt.Sprintf("data_batch_%d", i+1)] = settest.Pickle(2, 3072, settest.Pattern(2*3072),
			map[string][]int{"labels": {i, 9 - i}})
	}
	return files
}

func TestCIFAR10Pickle(t *testing.T) {
	s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), cifar10Pickles()), "cifar-pickle", dataset.Options{})
	if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, []int{0, 9, 1, 8, 2, 7, 3, 6, 4, 5}) ||
		s.Classes()[1] != "automobile" {
		t.Errorf("labels %v of %q", got, s.Classes())
	}
	if got := settest.Bytes(t, s, dataset.Train, 9); !bytes.Equal(got, asPPM(settest.Pattern(2 * 3072)[3072:])) {
		t.Error("an image differs")
	}
}

// Python 3 spells the bytes of arrays as text in protocol 2; they are unpacked.
func TestPickleWithTextForBytes(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	files := cifar10Pickles()
	var text []byte
	for _, b := range settest.Pattern(3072) {
		text = append(text, string(rune(b))...)
	}
	head := "\x80\x02}q\x00(X\x04\x00\x00\x00dataq\x01cnumpy._core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\n" +
		"q\x03K\x00\x85q\x04c_codecs\nencode\nq\x05X\x01\x00\x00\x00bq\x06" +
		"X\x06\x00\x00\x00latin1q\x07\x86q\x08Rq\x09\x87q\x0aRq\x0b(K\x01K\x01M\x00\x0c\x86q\x0ccnumpy\ndtype\n" +
		"q\x0dX\x02\x00\x00\x00u1q\x0e\x89\x88\x87q\x0fRq\x10(K\x03X\x01\x00\x00\x00|q\x11" +
		"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x12b\x89h\x05X"
	files["test_batch"] = slices.Concat([]byte(head), []byte{byte(len(text)), byte(len(text) >> 8), 0, 0}, text,
		[]byte("q\x13h\x07\x86q\x14Rq\x15tq\x16bX\x06\x00\x00\x00labelsq\x17]q\x18K\x03au."))
	s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), files), "cifar-pickle", dataset.Options{})
	if got := settest.Bytes(t, s, dataset.Test, 0); settest.Item(t, s, dataset.Test, 0).Label != 3 ||
		!bytes.Equal(got, asPPM(settest.Pattern(3072))) {
		t.Error("the image differs")
	}
	settest.NothingLeft(t, s, temp)
}

func TestCIFARPickleRefusals(t *testing.T) {
	for what, c := range map[string]struct {
		batch []byte
		say   string
	}{
		"CIFAR-100's": {
			settest.Pickle(1, 3072, settest.Pattern(3072), map[string][]int{"fine_labels": {1}}),
			"lacks data or labels, and holds batch_label, data, fine_labels",
		},
		"shape": {
			settest.Pickle(2, 1536, settest.Pattern(3072), map[string][]int{"labels": {1, 1}}), "shape [2 1536]",
		},
		"counts": {
			settest.Pickle(2, 3072, settest.Pattern(2*3072), map[string][]int{"labels": {1}}), "2 images and 1 labels",
		},
		"label": {
			settest.Pickle(2, 3072, settest.Pattern(2*3072), map[string][]int{"labels": {1, 10}}), "row 1: label 10",
		},
		"negative label": {
			settest.Pickle(2, 3072, settest.Pattern(2*3072), map[string][]int{"labels": {-1, 1}}), "row 0: label -1",
		},
		"empty": {nil, "0 bytes"},
		"truncated": {
			settest.Pickle(1, 3072, settest.Pattern(3072), nil)[:3000],
			"test_batch: pickle, byte 139: the file is truncated",
		},
		"no dict":       {[]byte("\x80\x02]."), "no dict"},
		"no list":       {[]byte("\x80\x02}(U\x04dataK\x01U\x06labelsK\x01u."), "lacks data"},
		"foreign class": {[]byte("\x80\x02cos\nsystem\nU\x02ls\x85R."), "os.system"},
	} {
		files := cifar10Pickles()
		files["test_batch"] = c.batch
		settest.Refused(t, what, settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt, c.say)
	}
	files := cifar10Pickles()
	files["batches.meta"] = []byte("\x80\x02}U\x0blabel_names](U\x01aU\x01bes.")
	settest.Refused(t, "names", settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt, "names 2 classes")
	files["batches.meta"] = []byte("\x80\x02}U\x05namesN s.")
	settest.Refused(t, "meta", settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt, "0x20")
	files["batches.meta"] = []byte("\x80\x02}U\x05namesNs.")
	settest.Refused(t, "no names", settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt,
		"lacks label_names, and holds names")
	delete(files, "data_batch_3")
	settest.Refused(t, "missing batch", settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Missing,
		"data_batch_3 of CIFAR-10 is missing")
	other := settest.Put(t, t.TempDir(), map[string][]byte{
		"train": []byte("a list\n"), "test": []byte("a list\n"), "a/1.png": nil, "a/2.png": nil,
		"b/1.png": nil,
	})
	settest.OpenHalved(t, other, "folder", dataset.Options{Resplit: true})
}
