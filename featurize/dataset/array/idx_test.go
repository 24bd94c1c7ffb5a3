package array_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// idxOf is an array of bytes as MNIST has it.
func idxOf(data []byte, dims ...int) []byte {
	out := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		out = binary.BigEndian.AppendUint32(out, uint32(d))
	}
	return append(out, data...)
}

// uneven are labels of ten classes as MNIST has them, even ones as Fashion-MNIST.
var (
	uneven = []byte{5, 0, 4, 1, 9, 2, 1, 3, 8, 6, 7}
	even   = []byte{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
)

// mnistFiles are the four files with pictures of 3×2 pixels.
func mnistFiles(labels []byte) map[string][]byte {
	n := len(labels)
	return map[string][]byte{
		"train-images-idx3-ubyte": idxOf(settest.Pattern(6*n), n, 2, 3), "train-labels-idx1-ubyte": idxOf(labels, n),
		"t10k-images-idx3-ubyte": idxOf(settest.Pattern(6*n), n, 2, 3), "t10k-labels-idx1-ubyte": idxOf(labels, n),
	}
}

// renamed are the files under other names and in another form.
func renamed(files map[string][]byte, name func(string) string, form func([]byte) []byte) map[string][]byte {
	out := map[string][]byte{}
	for n, data := range files {
		if form != nil {
			data = form(data)
		}
		out[name(n)] = data
	}
	return out
}

func TestIDX(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	pack := func(data []byte) []byte { return settest.Gzip(t, data) }
	for what, c := range map[string]struct {
		files map[string][]byte
		class string // of label 9
		notes int
	}{
		"MNIST": {
			renamed(mnistFiles(uneven), func(n string) string { return "MNIST/raw/" + n }, nil), "9", 0,
		},
		"names with dots": {
			renamed(mnistFiles(uneven),
				func(n string) string { return "data-mnist/" + strings.Replace(n, "-idx", ".idx", 1) }, nil),
			"9", 0,
		},
		"packed": {
			renamed(mnistFiles(uneven), func(n string) string { return "FashionMNIST/raw/" + n + ".gz" }, pack),
			"Ankle boot", 1,
		},
		"packed, unnamed": {
			renamed(mnistFiles(even), func(n string) string { return "raw/" + n }, pack), "Ankle boot", 1,
		},
		"named packed": {
			renamed(mnistFiles(even), func(n string) string { return "deep/fashion_data/x/" + n + ".gz" }, nil),
			"Ankle boot", 0,
		},
		"as MNIST's": {
			renamed(mnistFiles(even), func(n string) string { return "fashion/MNIST_data/" + n }, nil), "9", 1,
		},
		"far from Fashion": {
			renamed(mnistFiles(uneven), func(n string) string { return "fashion-fl/data/raw/" + n }, nil), "9", 1,
		},
		"no MNIST": {
			renamed(mnistFiles(uneven), func(n string) string { return "notMNIST/raw/" + n }, nil), "9", 1,
		},
		"KMNIST": {
			renamed(mnistFiles(even), func(n string) string { return "KMNIST/raw/" + n }, nil), "9", 1,
		},
		"no name": {renamed(mnistFiles(uneven), func(n string) string { return n }, nil), "9", 1},
		"test": {
			renamed(mnistFiles(uneven),
				func(n string) string { return "mnist/" + strings.Replace(n, "t10k", "test", 1) }, nil),
			"9", 0,
		},
		"Fashion's sources": {
			renamed(mnistFiles(even), func(n string) string { return "data/fashion/" + n + ".gz" }, pack), "Ankle boot",
			0,
		},
	} {
		root := settest.Put(t, t.TempDir(), c.files)
		s := settest.OpenHalved(t, root, "idx", dataset.Options{})
		labels := uneven
		if s.Len(dataset.Train) == len(even) {
			labels = even
		}
		var want []int
		for _, l := range labels {
			want = append(want, int(l))
		}
		if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, want) {
			t.Errorf("%s: labels %v", what, got)
		}
		if got := settest.Names(s, dataset.Test); len(got) != len(labels) ||
			got[1] != fmt.Sprintf("%d test/00000001", labels[1]) {
			t.Errorf("%s: test %q", what, got)
		}
		if got := s.Classes(); len(got) != 10 || got[9] != c.class {
			t.Errorf("%s: classes %q", what, got)
		}
		name := map[string]string{
			"MNIST": "mnist", "names with dots": "mnist", "test": "mnist", "as MNIST's": "mnist",
			"packed, unnamed": "fashion-mnist", "named packed": "fashion-mnist", "Fashion's sources": "fashion-mnist",
		}[what]
		if got := s.About().Name; got != name {
			t.Errorf("%s: the name is %q, not %q", what, got, name)
		}
		if got := s.About().Notes; len(got) != c.notes || len(got) > 0 && !strings.Contains(got[0], "classnames.txt") {
			t.Errorf("%s: notes %q", what, got)
		}
		for i := range labels {
			for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
				if got := settest.Bytes(t, s, split, i); string(got) != "P5 3 2 255\n"+
					string(settest.Pattern(6 * len(labels))[6*i:6*i+6]) {
					t.Fatalf("%s: image %d of %s is %q", what, i, split, got)
				}
			}
		}
		settest.NothingLeft(t, s, temp)
	}
}

func TestIDXNames(t *testing.T) {
	files := mnistFiles([]byte{0, 1, 2, 1, 0})
	files["classnames.txt"] = []byte("zero\n# a comment\none\ntwo words\n")
	s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), files), "idx", dataset.Options{})
	if got := s.Classes(); !slices.Equal(got, []string{"zero", "one", "two words"}) || len(s.About().Notes) > 0 {
		t.Errorf("classes %q, notes %q", got, s.About().Notes)
	}
	files["classnames.txt"] = []byte("zero\none\n")
	settest.Refused(t, "too few names", settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt,
		"label 2, but there are 2 classes")
	parts := map[string][]byte{}
	for part, labels := range map[string][]byte{"others": {1, 2, 3}, "digits": {0, 1, 2}} {
		for n, data := range mnistFiles(labels) {
			parts["kmnist-"+part+"-"+n] = data
		}
	}
	root := settest.Put(t, t.TempDir(), parts)
	settest.Refused(t, "two parts", root, dataset.Options{}, fault.Usage, `["kmnist-digits" "kmnist-others"]`)
	if s := settest.OpenHalved(t, root, "idx", dataset.Options{Labels: "kmnist-others"}); !slices.Equal(s.Classes(),
		[]string{"1", "2", "3"}) {
		t.Errorf("classes %q", s.Classes())
	} else {
		settest.Noted(t, s, "labels are counted from 1")
	}
}

// A file beside its packed form is read instead of it.
func TestIDXTwice(t *testing.T) {
	files := mnistFiles(uneven)
	files["train-images-idx3-ubyte.gz"] = []byte("not read")
	settest.OpenHalved(t, settest.Put(t, t.TempDir(), files), "idx", dataset.Options{})
}

func TestIDXTrailingGarbage(t *testing.T) {
	files := renamed(mnistFiles(uneven), func(n string) string { return n + ".gz" },
		func(data []byte) []byte { return append(settest.Gzip(t, data), "garbage"...) })
	settest.OpenHalved(t, settest.Put(t, t.TempDir(), files), "idx", dataset.Options{})
}

// TestIDXParts: a file in several packed parts is read whole, and one that was joined to another is refused.
func TestIDXParts(t *testing.T) {
	parts := renamed(mnistFiles(uneven), func(n string) string { return n + ".gz" }, func(data []byte) []byte {
		return slices.Concat(settest.Gzip(t, data[:9]), settest.Gzip(t, nil), settest.Gzip(t, data[9:]))
	})
	s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), parts), "idx", dataset.Options{})
	if got := settest.Bytes(t, s, dataset.Test, 10); string(got[11:]) != string(settest.Pattern(66)[60:]) {
		t.Errorf("image 10 is %q", got)
	}
	images := settest.Gzip(t, mnistFiles(uneven)["train-images-idx3-ubyte"])
	parts["train-images-idx3-ubyte.gz"] = slices.Concat(images, images)
	settest.Refused(t, "joined", settest.Put(t, t.TempDir(), parts), dataset.Options{}, fault.Corrupt,
		"holds more bytes than its header says")
}

func TestIDXRefusals(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	images := mnistFiles(uneven)["t10k-images-idx3-ubyte"]
	packed := settest.Gzip(t, images)
	damaged := slices.Clone(packed)
	damaged[len(damaged)-6]++ // of the checksum
	for what, c := range map[string]struct {
		images, labels []byte
		kind           fault.Kind
		say            string
	}{
		"labels as images": {idxOf(uneven, 11), nil, fault.Corrupt, "begins with 00000801, not with 00000803"},
		"images as labels": {nil, images, fault.Corrupt, "begins with 00000803, not with 00000801"},
		"floats":           {append([]byte{0, 0, 0x0d, 3}, images[4:]...), nil, fault.Corrupt, "begins with 00000d03"},
		"truncated":        {images[:40], nil, fault.Corrupt, "has 40 bytes, its header [11 2 3] says 82"},
		"header only":      {images[:7], nil, fault.Corrupt, "truncated"},
		"too long":         {append(slices.Clone(images), 0), nil, fault.Corrupt, "has 83 bytes"},
		"empty":            {[]byte{}, nil, fault.Corrupt, "truncated"},
		"counts":           {idxOf(settest.Pattern(60), 10, 2, 3), nil, fault.Corrupt, "10 images"},
		"no pixels":        {idxOf(nil, 11, 0, 3), nil, fault.Corrupt, "impossible"},
		"overflow":         {idxOf(nil, 11, 0xffffffff, 0xffffffff), nil, fault.Corrupt, "impossible"},
		"packed, cut":      {packed[:len(packed)-12], nil, fault.Corrupt, "truncated"},
		"packed, no end":   {packed[:len(packed)-2], nil, fault.Corrupt, "truncated"},
		"packed, damaged":  {damaged, nil, fault.Corrupt, "truncated or damaged (gzip: invalid checksum)"},
		"packed, short":    {settest.Gzip(t, images[:40]), nil, fault.Corrupt, "truncated"},
		"packed, long": {
			settest.Gzip(t, append(slices.Clone(images), 0)), nil, fault.Corrupt, "more bytes than its header",
		},
		"packed claims": {
			settest.Gzip(t, idxOf(nil, 11, 60000, 60000)), idxOf(uneven, 11), fault.Corrupt, "claims 39600000000 bytes",
		},
		"labels, long": {
			nil, settest.Gzip(t, append(idxOf(uneven, 11), 1)), fault.Corrupt, "more bytes than its header",
		},
		"labels, cut": {nil, settest.Gzip(t, idxOf(uneven[:5], 11)), fault.Corrupt, "truncated"},
	} {
		files := mnistFiles(uneven)
		if c.images != nil {
			files["t10k-images-idx3-ubyte"] = c.images
		}
		if c.labels != nil {
			files["t10k-labels-idx1-ubyte"] = c.labels
		}
		settest.Refused(t, what, settest.Put(t, t.TempDir(), files), dataset.Options{}, c.kind, c.say)
	}
	files := mnistFiles(uneven)
	delete(files, "train-labels-idx1-ubyte")
	settest.Refused(t, "no labels", settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Missing,
		"train images or their labels, but not both")
	both := renamed(mnistFiles(even), func(n string) string { return "FashionMNIST/raw/" + n }, nil)
	for n, data := range renamed(mnistFiles(uneven), func(n string) string { return "MNIST/raw/" + n }, nil) {
		both[n] = data
	}
	settest.Refused(t, "two sets", settest.Put(t, t.TempDir(), both), dataset.Options{}, fault.Usage,
		"FashionMNIST/raw and MNIST/raw")
	settest.Refused(t, "labels", settest.Put(t, t.TempDir(), mnistFiles(uneven)), dataset.Options{Labels: "fine"},
		fault.Usage, "--labels")
	settest.Refused(t, "foreign", t.TempDir(), dataset.Options{Format: "idx"}, fault.Missing,
		"no train-images-idx3-ubyte")
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
