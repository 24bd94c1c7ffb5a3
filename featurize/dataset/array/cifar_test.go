package array_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

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
	pixels := settest.Pattern(3072 * len(labels))
	var out []byte
	for i, l := range labels {
		out = append(append(out, l...), pixels[3072*i:3072*(i+1)]...)
	}
	return out
}

func cifar10Files() map[string][]byte {
	files := map[string][]byte{
		"batches.meta.txt": []byte("plane\nmotor_car\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"),
		"test_batch.bin":   records([]byte{9}, []byte{0}),
	}
	for i := range 5 {
		files[fmt.Sprintf("data_batch_%d.bin", i+1)] = records([]byte{byte(i)}, []byte{byte(9 - i)}, []byte{7})
	}
	return files
}

func TestCIFAR10Binary(t *testing.T) {
	s := settest.OpenHalved(t, settest.Put(t, t.TempDir(), cifar10Files()), "cifar-binary", dataset.Options{})
	if got := settest.Names(s, dataset.Train)[2:5]; s.Len(dataset.Train) != 15 ||
		!slices.Equal(got, []string{"7 train/00000002", "1 train/00000003", "8 train/00000004"}) {
		t.Errorf("train %q", got)
	}
	if got := settest.Names(s, dataset.Test); !slices.Equal(got, []string{"9 test/00000000", "0 test/00000001"}) {
		t.Errorf("test %q", got)
	}
	if got := s.Classes(); len(got) != 10 || got[0] != "plane" || got[1] != "motor car" {
		t.Errorf("classes %q", got)
	}
	pixels := settest.Pattern(3 * 3072)
	for i := range 15 {
		if !bytes.Equal(settest.Bytes(t, s, dataset.Train, i), asPPM(pixels[3072*(i%3):])) {
			t.Fatalf("image %d is not the one of its record", i)
		}
	}
	if s.About().Templates != "plain" || len(s.About().Notes) != 0 {
		t.Errorf("about %+v", s.About())
	}
}

func TestCIFAR100Binary(t *testing.T) {
	files := map[string][]byte{
		"data.tar.gz": nil, "cifar-100-binary/train.bin": records([]byte{19, 99}, []byte{0, 4}),
		"cifar-100-binary/test.bin": records([]byte{3, 50}),
	}
	root := settest.Put(t, t.TempDir(), files)
	s := settest.OpenHalved(t, root, "cifar-binary", dataset.Options{})
	if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, []int{99, 4}) || len(s.Classes()) != 100 ||
		s.Classes()[1] != "aquarium fish" {
		t.Errorf("fine labels %v of %d classes", got, len(s.Classes()))
	}
	if !bytes.Equal(settest.Bytes(t, s, dataset.Train, 1), asPPM(settest.Pattern(2 * 3072)[3072:])) {
		t.Error("the image is not the one of its record")
	}
	settest.Put(t, root,
		map[string][]byte{"cifar-100-binary/coarse_label_names.txt": []byte(strings.Repeat("water_things\r\n", 20) +
			"\r\n")})
	s = settest.OpenHalved(t, root, "cifar-binary", dataset.Options{Labels: "coarse"})
	if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, []int{19, 0}) || len(s.Classes()) != 20 ||
		s.Classes()[19] != "water things" {
		t.Errorf("coarse labels %v of %q", got, s.Classes())
	}
	if s = settest.OpenHalved(t, root, "cifar-binary", dataset.Options{Labels: "fine"}); s.Classes()[99] != "worm" {
		t.Errorf("classes %q", s.Classes())
	}
}

func TestCIFARBinaryRefusals(t *testing.T) {
	for what, c := range map[string]struct {
		files map[string][]byte // nil ones are removed
		o     dataset.Options
		kind  fault.Kind
		say   string
	}{
		"missing batch": {
			map[string][]byte{"data_batch_1.bin": nil}, dataset.Options{}, fault.Missing,
			"data_batch_1.bin of CIFAR-10 is missing",
		},
		"truncated": {
			map[string][]byte{"data_batch_2.bin": make([]byte, 2*3073-1)}, dataset.Options{}, fault.Corrupt,
			"after 1 records of 3073 bytes it has 3072 more",
		},
		"CIFAR-100's": {
			map[string][]byte{"test_batch.bin": make([]byte, 3074)}, dataset.Options{}, fault.Corrupt,
			"records of 3074 bytes",
		},
		"label": {
			map[string][]byte{"test_batch.bin": records([]byte{3}, []byte{10})}, dataset.Options{}, fault.Corrupt,
			"test_batch.bin, record 1: label 10",
		},
		"names": {
			map[string][]byte{"batches.meta.txt": []byte("a\nb\n")}, dataset.Options{}, fault.Corrupt,
			"names 2 classes, CIFAR-10 has 10",
		},
		"empty name": {
			map[string][]byte{"batches.meta.txt": []byte("a\n\nb\n")}, dataset.Options{}, fault.Corrupt,
			"name 2 is empty",
		},
		"labels": {nil, dataset.Options{Labels: "coarse"}, fault.Usage, "only one kind"},
		"fold":   {nil, dataset.Options{Fold: 2}, fault.Usage, "--fold means nothing"},
		"two sets": {
			map[string][]byte{"cifar-100-binary/train.bin": nil, "cifar-100-binary/test.bin": records([]byte{1, 1})},
			dataset.Options{}, fault.Usage, "CIFAR-10 and CIFAR-100",
		},
		"empty": {map[string][]byte{"test_batch.bin": {}}, dataset.Options{}, fault.Missing, "0 test images"},
	} {
		files := cifar10Files()
		maps.Copy(files, c.files)
		maps.DeleteFunc(files, func(_ string, data []byte) bool { return data == nil })
		settest.Refused(t, what, settest.Put(t, t.TempDir(), files), c.o, c.kind, c.say)
	}
	hundred := settest.Put(t, t.TempDir(),
		map[string][]byte{"train.bin": records([]byte{20, 1}), "test.bin": records([]byte{1, 1})})
	settest.Refused(t, "coarse label", hundred, dataset.Options{}, fault.Corrupt,
		"train.bin, record 0: label 20, but CIFAR-100 has 20 classes")
	settest.Refused(t, "other labels", hundred, dataset.Options{Labels: "family"}, fault.Usage, "choose fine or coarse")
	settest.Refused(t, "foreign", t.TempDir(), dataset.Options{Format: "cifar-binary"}, fault.Missing,
		"looked for data_batch_1.bin and train.bin")
	other := settest.Put(t, t.TempDir(), map[string][]byte{
		"train.bin": make([]byte, 1000), "test.bin": make([]byte, 1000), "a/1.png": nil,
		"a/2.png": nil, "b/1.png": nil,
	})
	settest.OpenHalved(t, other, "folder", dataset.Options{Resplit: true})
}

func TestShortenedFile(t *testing.T) {
	root := settest.Put(t, t.TempDir(), cifar10Files())
	s := settest.OpenHalved(t, root, "cifar-binary", dataset.Options{})
	if err := os.Truncate(filepath.Join(root, "test_batch.bin"), 4000); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(settest.Item(t, s, dataset.Test, 0)); err != nil {
		t.Error(err)
	}
	if _, err := s.Read(settest.Item(t, s, dataset.Test, 1)); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "was the file changed?") {
		t.Errorf("shortened: %v", err)
	}
}
