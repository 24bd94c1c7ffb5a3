package all_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/tools/fixture"
)

// listOf writes a set as a list: path, label, class name and split by turns.
func listOf(t *testing.T, s dataset.Source, row func(it dataset.Item, split dataset.Split)) {
	t.Helper()
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for i := range s.Len(split) {
			row(settest.Item(t, s, split, i), split)
		}
	}
}

// TestManifestsAgreeWithFolders writes lists of a real tree of class folders: they give the same rows.
func TestManifestsAgreeWithFolders(t *testing.T) {
	root := fixture.Path(t, "data/cifar100-sample")
	want := settest.Folder(t, root)
	defer want.Close()
	dir := t.TempDir()
	var object, array bytes.Buffer
	tables := map[string]*bytes.Buffer{"all.csv": {}, "all.tsv": {}, "text.csv": {}}
	headerless := map[dataset.Split]*bytes.Buffer{dataset.Train: {}, dataset.Test: {}}
	entries := map[dataset.Split][][]any{}
	fmt.Fprintln(tables["all.csv"], "path,label,classname,split")
	fmt.Fprintln(tables["all.tsv"], "split\timage\ttarget\tclass_name")
	fmt.Fprintln(tables["text.csv"], "filename,class,split")
	listOf(t, want, func(it dataset.Item, split dataset.Split) {
		class := want.Classes()[it.Label]
		fmt.Fprintf(tables["all.csv"], "%s,%d,%s,%s\n", it.Name, it.Label, class, split)
		fmt.Fprintf(tables["all.tsv"], "%s\t%s\t%d.0\t%s\n", split, it.Name, it.Label+1, class)
		fmt.Fprintf(tables["text.csv"], "%s,%s,%s\n", it.Name, strings.ReplaceAll(class, " ", "_"), split)
		fmt.Fprintf(headerless[split], "%s %d\n", it.Name, it.Label)
		line, _ := json.Marshal(map[string]any{"path": it.Name, "label": it.Label, "classname": class, "split": split})
		object.Write(append(line, '\n'))
		entries[split] = append(entries[split], []any{it.Name, it.Label, strings.ReplaceAll(class, " ", "_")})
	})
	if err := json.NewEncoder(&array).Encode(entries); err != nil {
		t.Fatal(err)
	}
	lists := []string{
		settest.Write(t, dir, "all.jsonl", object.String()),
		settest.Write(t, dir, "split_zhou_CIFAR100.json", array.String()),
	}
	for name, text := range tables {
		lists = append(lists, settest.Write(t, dir, name, text.String()))
	}
	two := filepath.Join(dir, "headerless")
	settest.Write(t, two, "train.txt", headerless[dataset.Train].String())
	settest.Write(t, two, "test.txt", headerless[dataset.Test].String())
	settest.Write(t, two, "classes.txt", strings.Join(want.Classes(), "\n"))
	for _, list := range append(lists, two) {
		o := dataset.DefaultOptions()
		o.Images = root
		got, err := all.Open(list, o)
		if err != nil {
			t.Fatal(err)
		}
		equal := slices.Equal(got.Classes(), want.Classes()) &&
			slices.Equal(settest.Names(got, dataset.Train), settest.Names(want, dataset.Train)) &&
			slices.Equal(settest.Names(got, dataset.Test), settest.Names(want, dataset.Test))
		if a := got.About(); !equal || a.Missing != 0 || got.Len(dataset.Train) != 2000 ||
			got.Len(dataset.Test) != 1000 {
			t.Errorf("%s (%s): %d and %d images, equal %v, %+v",
				filepath.Base(list), a.Format, got.Len(dataset.Train), got.Len(dataset.Test), equal, a)
		}
		for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
			for i := 0; i < want.Len(split); i += 97 {
				a, errA := got.Read(settest.Item(t, got, split, i))
				b, errB := want.Read(settest.Item(t, want, split, i))
				if errA != nil || errB != nil || !bytes.Equal(a, b) {
					t.Errorf("%s: image %d of %s differs: %v, %v", list, i, split, errA, errB)
				}
			}
		}
		_ = got.Close()
	}
}

// TestManifestOfWholePaths lists a real tree by whole paths.
func TestManifestOfWholePaths(t *testing.T) {
	root := fixture.Path(t, "data/photos")
	want := settest.Folder(t, root)
	defer want.Close()
	text := bytes.NewBufferString("impath,label,split\n")
	listOf(t, want, func(it dataset.Item, split dataset.Split) {
		fmt.Fprintf(text, "%s/%s,%s,%s\n", filepath.ToSlash(root), it.Name, filepath.Base(filepath.Dir(it.Name)), split)
	})
	got := settest.OpenAs(t, "manifest", settest.Write(t, t.TempDir(), "manifest.csv", text.String()), nil)
	settest.Equal(t, "classes", got.Classes(), want.Classes())
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		settest.Equal(t, string(split), settest.Names(got, split),
			prefixEach(settest.Names(want, split), filepath.ToSlash(root)+"/"))
	}
	a, errA := got.Read(settest.Item(t, got, dataset.Test, 0))
	b, errB := want.Read(settest.Item(t, want, dataset.Test, 0))
	if errA != nil || errB != nil || !bytes.Equal(a, b) || got.About().Missing != 0 {
		t.Errorf("%v, %v, %+v", errA, errB, got.About())
	}
}

func prefixEach(rows []string, prefix string) []string {
	for i, r := range rows {
		label, name, _ := strings.Cut(r, " ")
		rows[i] = label + " " + prefix + name
	}
	return rows
}
