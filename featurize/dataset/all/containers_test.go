package all_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/tools/fixture"
)

// content lists a split as "label bytes" by the place of an image in its list.
func content(t *testing.T, s dataset.Source, split dataset.Split) (images []string) {
	t.Helper()
	for i := range s.Len(split) {
		it := settest.Item(t, s, split, i)
		data, err := s.Read(it)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, fmt.Sprintf("%s %s", s.Classes()[it.Label], data))
	}
	return images
}

func counted(list []string) map[string]int {
	n := map[string]int{}
	for _, v := range list {
		n[v]++
	}
	return n
}

// TestContainersAgree: real images give the same bytes and classes out of class folders, archives, WebDataset shards
// and tables.
func TestContainersAgree(t *testing.T) {
	sample := fixture.Path(t, "data/cifar100-sample")
	folder := settest.Folder(t, sample)
	var tree bytes.Buffer
	archive := tar.NewWriter(&tree)
	root := map[string]string{}
	for _, form := range []string{"tree", "packed", "shards", "parquet"} {
		root[form] = t.TempDir()
	}
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		var shard bytes.Buffer
		var rows []settest.Row
		w := tar.NewWriter(&shard)
		for i := range folder.Len(split) {
			it := settest.Item(t, folder, split, i)
			data, err := folder.Read(it)
			if err != nil {
				t.Fatal(err)
			}
			file := func(w *tar.Writer, name, content string) {
				settest.TarAdd(t, w, &tar.Header{Name: name, Size: int64(len(content)), Typeflag: tar.TypeReg}, content)
			}
			file(archive, "./sample/"+it.Name, string(data))
			key := fmt.Sprintf("%06d", i)
			file(w, key+".cls", fmt.Sprint(it.Label))
			file(w, key+path.Ext(it.Name), string(data))
			label := int64(it.Label)
			rows = append(rows, settest.Row{Image: &settest.Cell{Bytes: data}, Label: &label})
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		settest.Store(t, root["shards"], string(split)+"-000000.tar", shard.Bytes())
		settest.Store(t, root["parquet"], "data/"+string(split)+"-00000-of-00001.parquet",
			settest.Parquet(t, rows, settest.Described(folder.Classes()...)))
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	settest.Store(t, root["shards"], names.File, []byte(strings.Join(folder.Classes(), "\n")))
	settest.Store(t, root["tree"], "sample.tar", tree.Bytes())
	settest.Store(t, root["packed"], "sample.tar.gz", settest.Gzip(t, tree.Bytes()))
	for form, format := range map[string]string{"tree": "tar", "packed": "tar", "shards": "tar", "parquet": "parquet"} {
		s := settest.List(t, root[form], format)
		for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
			if !maps.Equal(counted(content(t, s, split)), counted(content(t, folder, split))) {
				t.Errorf("%s: the images or labels of %s differ", form, split)
			}
		}
	}
}
