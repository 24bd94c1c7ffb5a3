package all_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/archive"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Legends and other tables that lie beside class folders, under the names of lists.
func TestTablesBesideFolders(t *testing.T) {
	for name, c := range map[string]struct{ file, content, doubt string }{
		"a legend":        {"labels.txt", "cat 0\ndog 1\n", "the images that it names are not there"},
		"a legend's rows": {"labels.csv", "id,label\n0,cat\n1,dog\n", "the images that it names are not there"},
		"folders":         {"labels.csv", "id,label\ncat,0\ndog,1\n", "the images that it names are not there"},
		"names":           {"labels.csv", "id,name\n0,cat\n1,dog\n", "no column of labels"},
		"sizes":           {"images.csv", "file,width,height\ncat/1.jpg,32,32\n", "no column of labels"},
	} {
		root := settest.Tree(t, "cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/2.jpg")
		settest.Write(t, root, c.file, c.content)
		s := settest.OpenAs(t, "folder", root, nil)
		settest.Equal(t, name, s.Classes(), []string{"cat", "dog"})
		settest.Noted(t, s, c.file+" is not taken for a list of the images: ")
		settest.Noted(t, s, c.doubt)
		settest.Noted(t, s, "--format manifest")
	}
	root := settest.Tree(t, "cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/2.jpg")
	settest.Write(t, root, "labels.csv", "file,label\ncat/1.jpg,0\ngone.jpg,1\n")
	settest.Fails(t, "a list that cannot be divided", root, dataset.DefaultOptions(), fault.Missing, "--format folder")
	settest.Write(t, root, "labels.csv", "id,label\n0,cat\n1,dog\n2,cat\n3,dog\n")
	s := settest.OpenAs(t, "manifest", root,
		func(o *dataset.Options) { o.Format, o.Resplit = "manifest", true; o.TestFraction = 0.5 })
	settest.Noted(t, s, "--images names their folder")
}

// TestEmbeddingsBesideFolders: arrays and tables without images do not hide a tree of class folders.
func TestEmbeddingsBesideFolders(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"} {
		settest.Store(t, root, name, []byte("x"))
	}
	settest.Store(t, root, "embeddings.npz",
		settest.NPZ(t, zip.Store, map[string][]byte{
			"x.npy": append(npy.AppendHeader(nil, "<f4", 4, 2), make([]byte, 32)...),
			"y.npy": settest.NPY(make([]byte, 4), 4),
		}))
	settest.List(t, root, "folder")
	settest.Store(t, root, "images.npz",
		settest.NPZ(t, zip.Store, map[string][]byte{
			"x.npy": settest.NPY(make([]byte, 4*4), 4, 2, 2),
			"y.npy": settest.NPY([]byte{0, 1, 0, 1}, 4),
		}))
	settest.Refused(t, "two archives", root, dataset.Options{}, fault.Usage, "holds 2 files of arrays")
	for _, name := range []string{"embeddings.npz", "images.npz"} {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	type row struct {
		Path  string  `parquet:"path"`
		Value float64 `parquet:"value"`
	}
	settest.Store(t, root, "embeddings.parquet", settest.Parquet(t, []row{{"cat/1.png", 1}}))
	settest.Refused(t, "a table", root, dataset.Options{}, fault.Corrupt,
		"to read the images in its folders instead, pass --format folder")
	settest.OpenHalved(t, root, "folder", dataset.Options{Format: "folder"})
}

func TestOtherArchives(t *testing.T) {
	for _, name := range []string{"x.zip", "x.tar.xz", "x.7Z"} {
		if _, err := all.Open(settest.Store(t, t.TempDir(), name, []byte("x")),
			dataset.DefaultOptions()); fault.KindOf(err) != fault.Usage ||
			!strings.Contains(err.Error(), "unpack it and pass the folder") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestArchivesBesideFolders: archives that lie beside what was unpacked from them are not the set.
func TestArchivesBesideFolders(t *testing.T) {
	root := settest.Tree(t, "images/a/1.jpg", "images/a/2.jpg", "images/b/1.jpg", "images/b/2.jpg")
	settest.Store(t, root, "images.tar", settest.Tar(t, "a/1.jpg"))
	records := t.TempDir()
	settest.Store(t, records, "cifar-10-binary.tar.gz", nil)
	settest.Store(t, records, "cifar-10-batches-bin/test_batch.bin", nil)
	for _, root := range []string{root, records} {
		if archive.Tar.Is(root, dataset.DefaultOptions()) {
			t.Error("the archive is taken for the set")
		}
	}
}
