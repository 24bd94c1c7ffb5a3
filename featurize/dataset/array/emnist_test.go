package array_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// emnistFiles are the files of a part of EMNIST with pictures of two rows of three pixels, and others beside them.
func emnistFiles(part string, labels []byte, others map[string]string) map[string][]byte {
	files := renamed(mnistFiles(labels), func(n string) string { return "EMNIST/raw/" + part + "-" + n }, nil)
	for name, text := range others {
		files["EMNIST/raw/"+name] = []byte(text)
	}
	return files
}

// TestEMNIST: pictures come out upright, and labels get the characters of the mapping file, or those that are
// published.
func TestEMNIST(t *testing.T) {
	capitals := []string{"A", "B", "C"}
	for what, c := range map[string]struct {
		part    string
		labels  []byte
		others  map[string]string
		classes []string // the first ones
		count   int
		want    []int // labels of the classes
	}{
		"letters": {
			"emnist-letters", []byte{1, 2, 3, 1},
			map[string]string{"emnist-letters-mapping.txt": "1 65 97\n2 66 98\n3 67 99\n"},
			capitals, 3, []int{0, 1, 2, 0},
		},
		"in any order": {
			"emnist-letters", []byte{2, 3},
			map[string]string{"emnist-letters-mapping.txt": "\n3 67\r\n\r\n2 66\r\n1 65"},
			capitals, 3, []int{1, 2},
		},
		"gaps": {
			"emnist-byclass", []byte{10, 61}, map[string]string{"emnist-byclass-mapping.txt": "10 65\n61 122\n"},
			[]string{"A", "z"}, 2, []int{0, 1},
		},
		"letters, published":  {"emnist-letters", []byte{1, 26}, nil, capitals, 26, []int{0, 25}},
		"digits, published":   {"emnist-digits", []byte{5, 0, 9}, nil, []string{"0", "1"}, 10, []int{5, 0, 9}},
		"balanced, published": {"emnist-balanced", []byte{0, 46}, nil, []string{"0"}, 47, []int{0, 46}},
		"byclass, published":  {"emnist-byclass", []byte{36, 61}, nil, []string{"0"}, 62, []int{36, 61}},
		"names of one's own": {
			"emnist-letters", []byte{1, 2}, map[string]string{
				"emnist-letters-mapping.txt": "1 65\n2 66\n", "classnames.txt": "letter a\nletter b\n",
			},
			[]string{"letter a", "letter b"}, 2, []int{0, 1},
		},
		"another part": {"emnist-mine", []byte{0, 1, 2}, nil, []string{"0", "1", "2"}, 3, []int{0, 1, 2}},
	} {
		root := settest.Put(t, t.TempDir(), emnistFiles(c.part, c.labels, c.others))
		s := settest.OpenHalved(t, root, "idx", dataset.Options{})
		if got := s.Classes(); len(got) != c.count || !slices.Equal(got[:len(c.classes)], c.classes) {
			t.Errorf("%s: classes %q", what, got)
		}
		if got := settest.Labels(t, s, dataset.Train); !slices.Equal(got, c.want) {
			t.Errorf("%s: labels %v", what, got)
		}
		settest.Noted(t, s, "they come out upright")
		p := settest.Pattern(6 * len(c.labels))[6:]
		want := "P5 2 3 255\n" + string([]byte{p[0], p[3], p[1], p[4], p[2], p[5]})
		if got := settest.Bytes(t, s, dataset.Test, 1); string(got) != want {
			t.Errorf("%s: image 1 is %q, not %q", what, got, want)
		}
	}
}

func TestEMNISTRefusals(t *testing.T) {
	for what, c := range map[string]struct{ mapping, say string }{
		"another label":     {"1 65\n2 66\n", "image 2 has label 3, which"},
		"no number":         {"1 65\n2 B\n", `line 2: "2 B" is no label with its character's number`},
		"no character":      {"1\n", `line 1: "1" is no label`},
		"a blank":           {"1 32\n", `line 1: "1 32" is no label`},
		"a label twice":     {"1 65\n1 66\n", "line 2: label 1 or character B is there twice"},
		"a character twice": {"1 65\n2 65\n", "line 2: label 2 or character A is there twice"},
		"empty":             {"\n", "is empty"},
	} {
		mapping := map[string]string{"emnist-letters-mapping.txt": c.mapping}
		files := emnistFiles("emnist-letters", []byte{1, 2, 3}, mapping)
		settest.Refused(t, what, settest.Put(t, t.TempDir(), files), dataset.Options{}, fault.Corrupt, c.say)
	}
	both := emnistFiles("emnist-letters", []byte{1, 2}, nil)
	maps.Copy(both, emnistFiles("emnist-digits", []byte{0, 1}, nil))
	settest.Refused(t, "two parts", settest.Put(t, t.TempDir(), both), dataset.Options{}, fault.Usage,
		`["emnist-digits" "emnist-letters"]`)
}
