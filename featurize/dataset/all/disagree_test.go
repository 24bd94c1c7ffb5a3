package all_test

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TestTablesJoinNames: files that were encoded one by one number the same classes differently.
func TestTablesJoinNames(t *testing.T) {
	table := func(names string, labels ...int64) []byte {
		if names == "" {
			return settest.Parquet(t, settest.Rows(0, labels...))
		}
		return settest.Parquet(t, settest.Rows(0, labels...), settest.Described(strings.Fields(names)...))
	}
	root := settest.Put(t, t.TempDir(), map[string][]byte{
		"train-0.parquet": table("bird cat dog", 0, 1, 2), "test-0.parquet": table("cat dog bird", 0, 1, 2, 0),
		"train-1.parquet": table("dog emu", 0, 1),
	})
	s := settest.List(t, root, "parquet")
	settest.Equal(t, "classes", s.Classes(), []string{"bird", "cat", "dog", "emu"})
	settest.Equal(t, "train", settest.Names(s, dataset.Train), []string{
		"0 train/00000000", "1 train/00000001", "2 train/00000002", "2 train/00000003", "3 train/00000004",
	})
	settest.Equal(t, "test", settest.Names(s, dataset.Test),
		[]string{"1 test/00000000", "2 test/00000001", "0 test/00000002", "1 test/00000003"})
	settest.Noted(t, s, "2 files, such as test-0.parquet, number their classes otherwise than train-0.parquet")
	for what, c := range map[string]struct{ train, test, say string }{
		"one without":    {"a b", "", "test.parquet does not"},
		"the other":      {"", "a b", "train.parquet does not"},
		"a name twice":   {"a b a", "b a a", "twice"},
		"beyond its own": {"a b c", "b a", "row test/00000002 has label 2, but the file names 2 classes"},
	} {
		settest.Fails(t, what, settest.Put(t, t.TempDir(), map[string][]byte{
			"train.parquet": table(c.train, 0, 1, 2), "test.parquet": table(c.test, 0, 1, 2),
		}), dataset.DefaultOptions(), fault.Corrupt, c.say)
	}
}

// TestPartsDisagree: parts of a set that contradict each other are refused, whichever way they are kept.
func TestPartsDisagree(t *testing.T) {
	members := func(text string) []byte { return settest.Tar(t, strings.Fields(text)...) }
	shards := func(train, test string) string {
		return settest.Put(t, t.TempDir(),
			map[string][]byte{"train.tar": members(train), "test.tar": members(test)})
	}
	lists := func(train, test, file string) string {
		root := settest.Tree(t, "1.jpg", "2.jpg", "3.jpg", "4.jpg")
		settest.Write(t, root, "train.csv", train)
		settest.Write(t, root, "test.csv", test)
		if file != "" {
			settest.Write(t, root, names.File, file)
		}
		return root
	}
	const header = "path,label,classname\n"
	const train, test = header + "1.jpg,0,cat\n2.jpg,1,dog\n", header + "3.jpg,0,cat\n4.jpg,1,dog\n"
	both := lists("path,label\n1.jpg,0\n2.jpg,1\n", "path,label\n3.jpg,0\n4.jpg,1\n", "cat\ndog\n")
	settest.Write(t, both, "classes.txt", "dog\ncat\n")
	for what, c := range map[string]struct{ root, say string }{
		"samples, names for a number": {
			shards(`1.jpg 1.json={"label":0,"label_name":"cat"} 2.jpg 2.json={"label":1,"label_name":"dog"}`,
				`3.jpg 3.json={"label":0,"label_name":"dog"} 4.jpg 4.json={"label":1,"label_name":"cat"}`),
			"elsewhere",
		},
		"samples, numbers for a name": {
			shards(`1.jpg 1.json={"label":0,"label_name":"cat"} 2.jpg 2.json={"label":1,"label_name":"dog"}`,
				`3.jpg 3.json={"label":2,"label_name":"cat"} 4.jpg 4.json={"label":3,"label_name":"dog"}`),
			"number their classes differently",
		},
		"lists, numbers for a name": {
			lists(train, "path,label,classname\n3.jpg,2,cat\n4.jpg,3,dog\n", ""), "number their classes differently",
		},
		"lists, numbers and words": {
			lists("path,label\n1.jpg,0\n2.jpg,1\n", "path,label\n3.jpg,cat\n4.jpg,dog\n", ""),
			"has words; label both alike",
		},
		"a list and a file":       {lists(train, test, "dog\ncat\n"), "names and numbers disagree"},
		"a list and another file": {lists(train, test, "bird\ncat\nemu\ndog\n"), "names and numbers disagree"},
		"two files of names":      {both, "the same classes in different orders"},
	} {
		settest.Fails(t, what, c.root, dataset.DefaultOptions(), fault.Corrupt, c.say)
	}
	for what, root := range map[string]string{
		"a file that agrees": lists(train, test, "cat\ndog\n"), "other names": lists(train, test, "tabby\nterrier\n"),
		"one name of two classes": shards(
			`1.jpg 1.json={"label":0,"label_name":"crane"} 2.jpg 2.json={"label":1,"label_name":"crane"}`,
			`3.jpg 3.json={"label":0,"label_name":"crane"} 4.jpg 4.json={"label":1,"label_name":"crane"}`),
	} {
		o := dataset.DefaultOptions()
		s := settest.Open(t, root, map[bool]string{true: "tar", false: "manifest"}[strings.HasPrefix(what, "one")], o)
		if len(s.Classes()) != 2 {
			t.Errorf("%s: %q", what, s.Classes())
		}
	}
}
