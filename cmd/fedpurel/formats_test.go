package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset/all"
)

// The same pictures as folders, as a list, as an archive and as CoOp's split give the same features, labels and
// class embeddings.
func TestFormatsGiveTheSameCache(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "folders", 60)
	var list, coop strings.Builder
	archive := &bytes.Buffer{}
	pack := tar.NewWriter(archive)
	list.WriteString("path,label,split,client\n")
	coop.WriteString("{")
	for s, split := range []string{"train", "test"} {
		fmt.Fprintf(&coop, "%s%q:[", strings.Repeat(",", s), split)
		files, err := filepath.Glob(filepath.Join(dir, "folders", split, "*", "*.png"))
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for i, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(filepath.Join(dir, "folders"), file)
			if err != nil {
				t.Fatal(err)
			}
			class := filepath.Base(filepath.Dir(file))
			fmt.Fprintf(&list, "%s,%s,%s,site %d\n", filepath.ToSlash(rel), class, split, i%3)
			fmt.Fprintf(&coop, "%s[%q,%s,%q]",
				strings.Repeat(",", min(i, 1)), filepath.ToSlash(rel), class[len(class)-1:], class)
			if err := pack.WriteHeader(&tar.Header{
				Name: "wrapped/" + filepath.ToSlash(rel),
				Mode: 0o644,
				Size: int64(len(data)),
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := pack.Write(data); err != nil {
				t.Fatal(err)
			}
		}
		coop.WriteString("]")
	}
	coop.WriteString("}")
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "list.csv", []byte(list.String()))
	put(t, dir, "set/split_zhou_Set.json", []byte(coop.String()))
	put(t, dir, "set.tar", archive.Bytes())
	ok(t, dir, "featurize", "--data", "folders", "--model", "tiny", "--out", "want")
	for name, args := range map[string][]string{
		"list": {"--data", "list.csv", "--images", "folders"},
		"coop": {"--data", "set", "--images", "folders"},
		"tar":  {"--data", "set.tar"},
	} {
		ok(t, dir, append([]string{"featurize", "--model", "tiny", "--out", name}, args...)...)
		for _, file := range []string{
			"train.features.npy", "train.labels.npy", "test.features.npy", "test.labels.npy", "text.features.npy",
		} {
			if read(t, dir, "want", file) != read(t, dir, name, file) {
				t.Errorf("%s: %s differs from the folders'", name, file)
			}
		}
	}
	out := ok(t, dir, "train", "--cache", "list", "--out", "sites", "--partition", "natural",
		"--clients-from", "list.csv", "--imbalance", "1", "--rounds", "2")
	if !strings.Contains(out+read(t, dir, "sites", "partition.json"), "site 2") {
		t.Errorf("the list's clients are not used:\n%s", out)
	}
	if out := ok(t, dir, "inspect", "sites"); !strings.Contains(out, "3 clients, by training images: site 0 (") {
		t.Errorf("the run's clients have no names:\n%s", out)
	}
	fails(t, dir, 10, "missing", "featurize", "--data", "list.csv", "--images", "set", "--out", "x")
	fails(t, dir, 2, "means nothing", "featurize", "--data", "folders", "--model", "tiny", "--fold", "2", "--out", "x")
}

// Every format is in the table of the data sets' README and in the help of the commands that read one.
func TestFormatsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../featurize/dataset/README.md")
	if err != nil {
		t.Fatal(err)
	}
	help := ok(t, t.TempDir(), "featurize", "--help") + ok(t, t.TempDir(), "inspect", "--help")
	for _, name := range all.FormatNames() {
		if !strings.Contains(string(data), "`"+name+"`") || strings.Count(help, name) < 2 {
			t.Errorf("format %s is not documented", name)
		}
	}
}
