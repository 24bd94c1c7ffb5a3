package archive_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

func within(name string) string { // an archive
	_, inner, _ := strings.Cut(name, ".tar/")
	return inner
}

func TestTarTree(t *testing.T) {
	long := "top/train/señor é/" + strings.Repeat("long", 60) + ".png" // needs a PAX record
	data := settest.Tar(t, "./", "./top/", "./top/README.md", "./top/stray.jpg", "./top/train/dog_house/b.jpg",
		"./top/train/dog_house/deep/a.JPEG", "./top/train/dog_house/notes.txt",
		long, "./top/test/dog_house/1.gif", "./top/test/apple/1.png", "./top/test/.ipynb_checkpoints/x.jpg",
		"./top/__MACOSX/train/x.jpg", "./top/train/apple/._1.jpg")
	for name, data := range map[string][]byte{
		"set.tar": data, "set.tar.gz": settest.Gzip(t, data),
		"set.TGZ": settest.Gzip(t, data), "wrongly.tar": settest.Gzip(t, data), "plain.tgz": data,
		"zeros.tgz": append(settest.Gzip(t, data), make([]byte, 1000)...),
		"parts.tgz": append(settest.Gzip(t, data[:700]), settest.Gzip(t, data[700:])...),
	} {
		s := settest.List(t, settest.Store(t, t.TempDir(), name, data), "tar")
		if got := s.Classes(); !slices.Equal(got, []string{"apple", "dog house", "señor é"}) {
			t.Errorf("%s: classes %q", name, got)
		}
		content := func(name string) string {
			if name != long { // the others begin with ./
				return "./" + name
			}
			return name
		}
		settest.Wants(t, s, dataset.Train, content, "1 top/train/dog_house/b.jpg", "1 top/train/dog_house/deep/a.JPEG",
			"2 "+long)
		settest.Wants(t, s, dataset.Test, content, "1 top/test/dog_house/1.gif", "0 top/test/apple/1.png")
		for _, note := range []string{
			"2 files that are no images", "3 hidden files",
			"1 images in no class folder, such as top/stray.jpg",
		} {
			if !strings.Contains(settest.Notes(s), note) {
				t.Errorf("%s: the notes lack %q:\n%s", name, note, settest.Notes(s))
			}
		}
	}
}

// TestTarLayouts: what folders in archives mean. Each archive is given as "name: member member …".
func TestTarLayouts(t *testing.T) {
	for name, c := range map[string]struct {
		archives, classes, train, test string
	}{
		"splits by name": {
			"my-train-0001.tar: a/1.jpg b/1.jpg; my-test-0000.tar: b/2.jpg", "a b",
			"0 my-train-0001.tar/a/1.jpg|1 my-train-0001.tar/b/1.jpg", "1 my-test-0000.tar/b/2.jpg",
		},
		"splits by folder": {
			"train/0.tar: a/1.jpg; train/1.tar: b/1.jpg; val/0.tar: b/2.jpg", "a b",
			"0 train/0.tar/a/1.jpg|1 train/1.tar/b/1.jpg", "1 val/0.tar/b/2.jpg",
		},
		"other tops": {
			"train.tar: x_train/a/1.jpg x_train/b/1.jpg; valid.tar: x_valid/a/2.jpg x_valid/b/2.jpg", "a b",
			"0 train.tar/x_train/a/1.jpg|1 train.tar/x_train/b/1.jpg",
			"0 valid.tar/x_valid/a/2.jpg|1 valid.tar/x_valid/b/2.jpg",
		},
		"a class named train": {
			"0.tar: bus/1.jpg train/1.jpg; 1.tar: bus/2.jpg train/2.jpg plane/1.jpg plane/2.jpg", "bus plane train", "",
			"",
		},
		"below the splits": {
			"0.tar: train/images/a/1.jpg train/images/b/1.jpg test/images/a/2.jpg", "a b",
			"0 train/images/a/1.jpg|1 train/images/b/1.jpg", "0 test/images/a/2.jpg",
		},
		"below the classes": {
			"0.tar: train/a/images/1.jpg train/b/images/1.jpg test/a/images/2.jpg", "a b",
			"0 train/a/images/1.jpg|1 train/b/images/1.jpg", "0 test/a/images/2.jpg",
		},
		"another folder": {
			"0.tar: train/a/1.jpg train/b/1.jpg test/a/2.jpg extra/a/3.jpg", "a b", "0 train/a/1.jpg|1 train/b/1.jpg",
			"0 test/a/2.jpg",
		},
		"an archive a class": {
			"train/a.tar: 1.jpg; train/b.tar: 1.jpg; test/a.tar: 2.jpg", "a b",
			"0 train/a.tar/1.jpg|1 train/b.tar/1.jpg", "0 test/a.tar/2.jpg",
		},
		"an archive a class, all": {"a.tar: 1.jpg 2.jpg; b.tar: 1.jpg 2.jpg", "a b", "", ""},
		"one of the classes": {
			"train.tar: a/1.jpg b/1.jpg; test.tar: a/2.jpg", "a b", "0 train.tar/a/1.jpg|1 train.tar/b/1.jpg",
			"0 test.tar/a/2.jpg",
		},
		"another archive": {
			"train.tar: a/1.jpg b/1.jpg; test.tar: a/2.jpg; extra.tar: a/3.jpg", "a b",
			"0 train.tar/a/1.jpg|1 train.tar/b/1.jpg", "0 test.tar/a/2.jpg",
		},
		"splits in both": {
			"train.tar: train/a/1.jpg train/b/1.jpg; test.tar: test/b/2.jpg", "a b",
			"0 train.tar/train/a/1.jpg|1 train.tar/train/b/1.jpg", "1 test.tar/test/b/2.jpg",
		},
		"one class of several folders": {
			"train.tar: a/x/1.jpg b/x/1.jpg; test.tar: a/s1/2.jpg a/s2/2.jpg", "a b",
			"0 train.tar/a/x/1.jpg|1 train.tar/b/x/1.jpg", "0 test.tar/a/s1/2.jpg|0 test.tar/a/s2/2.jpg",
		},
		"one class below a top": {
			"train.tar: x_train/a/x/1.jpg x_train/b/x/1.jpg; test.tar: x/test/a/s1/2.jpg x/test/a/s2/2.jpg", "a b",
			"0 train.tar/x_train/a/x/1.jpg|1 train.tar/x_train/b/x/1.jpg",
			"0 test.tar/x/test/a/s1/2.jpg|0 test.tar/x/test/a/s2/2.jpg",
		},
		"splits below one top": {
			"train.tar: d/train/a/1.jpg d/train/b/1.jpg; test.tar: d/test/a/s1/2.jpg d/test/a/s2/2.jpg", "a b",
			"0 train.tar/d/train/a/1.jpg|1 train.tar/d/train/b/1.jpg",
			"0 test.tar/d/test/a/s1/2.jpg|0 test.tar/d/test/a/s2/2.jpg",
		},
		"one split": {"train-0.tar: a/1.jpg a/2.jpg; train-1.tar: b/1.jpg b/2.jpg", "a b", "", ""},
	} {
		root := t.TempDir()
		archives := strings.Split(c.archives, "; ")
		for _, a := range archives {
			file, members, _ := strings.Cut(a, ": ")
			settest.Store(t, root, file, settest.Tar(t, strings.Fields(members)...))
		}
		o := dataset.DefaultOptions()
		s, err := all.Open(root, o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := strings.Join(s.Classes(), " "); got != c.classes {
			t.Errorf("%s: classes %s", name, got)
		}
		if got := strings.Join(settest.Names(s, dataset.Train), "|"); c.train != "" && got != c.train {
			t.Errorf("%s: train %s", name, got)
		}
		if got := strings.Join(settest.Names(s, dataset.Test), "|"); c.test != "" && got != c.test {
			t.Errorf("%s: test %s", name, got)
		}
		if divided := strings.Contains(settest.Notes(s), "divided"); divided != (c.train == "") {
			t.Errorf("%s: %s", name, settest.Notes(s))
		}
		_ = s.Close()
	}
}

// TestTarForeignClasses: folders of test images that training lacks are no classes, or worth a note.
func TestTarForeignClasses(t *testing.T) {
	members := []string{
		"t/wnids.txt", "t/train/n01/images/1.jpg", "t/train/n02/images/1.jpg", "t/val/images/1.jpg",
		"t/val/images/2.jpg",
	}
	path := settest.Store(t, t.TempDir(), "tiny.tar", settest.Tar(t, members...))
	if _, err := all.Open(path, dataset.DefaultOptions()); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(),
			"no folder of val is one of train's; images is no class, or a new one: unpack the archive") {
		t.Error(err)
	}
	o := dataset.DefaultOptions()
	o.Resplit = true
	few := settest.Store(t, t.TempDir(), "few.tar",
		settest.Tar(t, "train/a/1.jpg", "train/a/2.jpg", "train/b/1.jpg", "train/b/2.jpg", "test/c/1.jpg",
			"test/c/2.jpg"))
	if s, err := all.Open(few, o); err != nil || len(s.Classes()) != 3 {
		t.Errorf("divided anew: %v", err)
	}
	more := settest.Tar(t, "wnids.txt", "meta/train.txt", "train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg",
		"test/c/1.jpg")
	s := settest.List(t, settest.Store(t, t.TempDir(), "more.tar", more), "tar")
	for _, note := range []string{
		`1 classes are in test but not in train, such as "c"`,
		"2 lists of the set's own division or labels, which are not read from archives " +
			"(unpack the archive for them), such as wnids.txt",
	} {
		if !strings.Contains(settest.Notes(s), note) {
			t.Errorf("the notes lack %q:\n%s", note, settest.Notes(s))
		}
	}
}

func TestTarOfTars(t *testing.T) {
	first, second := settest.Tar(t, "n01440764_1.JPEG", "n01440764_2.JPEG", "more.tar=x"),
		settest.Tar(t, "n01443537_1.JPEG", "n01443537_2.JPEG")
	outer := settest.Tar(t, "n01443537.tar="+string(second), "n01440764.tar="+string(first),
		"n02.tgz="+string(settest.Gzip(t, second)))
	s := settest.List(t, settest.Store(t, t.TempDir(), "ILSVRC2012_img_train.tar", outer), "tar")
	if got := s.Classes(); !slices.Equal(got, []string{"tench", "goldfish"}) {
		t.Errorf("classes %q", got)
	}
	all := append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...)
	slices.Sort(all)
	if want := []string{
		"0 n01440764.tar/n01440764_1.JPEG", "0 n01440764.tar/n01440764_2.JPEG",
		"1 n01443537.tar/n01443537_1.JPEG", "1 n01443537.tar/n01443537_2.JPEG",
	}; !slices.Equal(all, want) {
		t.Errorf("images %q", all)
	}
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range s.Len(split) {
			it := settest.Item(t, s, split, i)
			if data, err := s.Read(it); err != nil || string(data) != within(it.Name) {
				t.Errorf("%s holds %q (%v)", it.Name, data, err)
			}
		}
	}
	if n := settest.Notes(s); !strings.Contains(n, "1 compressed archives within") ||
		!strings.Contains(n, "1 archives in archives within") {
		t.Error(n)
	}
}

func TestTarClassNames(t *testing.T) {
	root := t.TempDir()
	settest.Store(t, root, "set.tar", settest.Tar(t, "n01/1.jpg", "n01/2.jpg", "n02/1.jpg", "n02/2.jpg"))
	settest.Store(t, root, names.File, []byte("n02 a fish\nn01 a bird\n"))
	if got := settest.List(t, root, "tar").Classes(); !slices.Equal(got, []string{"a bird", "a fish"}) {
		t.Errorf("classes %q", got)
	}
}
