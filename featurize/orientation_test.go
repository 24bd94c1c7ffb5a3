package featurize

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
)

// TestOrientationOfContainers: the same pictures, whose Exif or XMP ask to be turned, in files, in a table of bytes and
// in Hugging Face's tables. Each is as its reference reads it, and the manifest says which that is.
func TestOrientationOfContainers(t *testing.T) {
	var pictures [][]byte
	for _, name := range []string{"both.jpg", "element.jpg", "exif.png", "xmp.webp"} {
		data, err := os.ReadFile(filepath.Join("pixel", "testdata", "orient", name))
		if err != nil {
			t.Fatal(err)
		}
		pictures = append(pictures, data)
	}
	type bare struct {
		Image []byte `parquet:"image"`
		Label int64  `parquet:"label"`
	}
	folder := t.TempDir()
	tables := map[string]string{"records": t.TempDir(), "bytes": t.TempDir(), "Image": t.TempDir()}
	for _, split := range []string{"train", "test"} {
		var records []settest.Row
		var rows []bare
		for i, data := range pictures {
			label := int64(i % 2)
			records = append(records, settest.Row{Image: &settest.Cell{Bytes: data}, Label: &label})
			rows = append(rows, bare{data, label})
			settest.Store(t, folder, fmt.Sprintf("%s/class %d/%d.jpg", split, label, i), data)
		}
		settest.Store(t, tables["records"], split+".parquet", settest.Parquet(t, records))
		settest.Store(t, tables["bytes"], split+".parquet", settest.Parquet(t, rows))
		settest.Store(t, tables["Image"], split+".parquet",
			settest.Parquet(t, rows, settest.Described("class 0", "class 1")))
	}
	features := func(root, format string, turn bool) (*cache.Manifest, map[string]int) {
		m, err := models.Open(tiny.Folder(), models.Options{Orient: turn})
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		set := settest.Open(t, root, format, dataset.DefaultOptions())
		r, err := Run(context.Background(), set, m, &fake{dim: m.Dim, size: m.Preprocess.Size}, out, options())
		if err != nil {
			t.Fatal(err)
		}
		rows, data := map[string]int{}, read(t, out, "train.features.npy") // whatever the order of the images
		for range pictures {
			rest := len(data) - 4*m.Dim
			rows[data[rest:]]++
			data = data[:rest]
		}
		return r.Manifest, rows
	}
	same := func(a, b map[string]int) bool {
		for row := range a {
			if b[row] == 0 {
				return false
			}
		}
		return len(a) == len(b)
	}
	plain, asFiles := features(folder, "folder", false)
	option, turned := features(folder, "folder", true)
	if plain.Data.Orientation != "pillow" || option.Data.Orientation != "option" || same(asFiles, turned) {
		t.Errorf("files: %q, with the option %q", plain.Data.Orientation, option.Data.Orientation)
	}
	for what, root := range tables {
		want, rule := turned, "datasets"
		if what == "bytes" {
			want, rule = asFiles, "pillow"
		}
		m, rows := features(root, "parquet", false)
		if m.Data.Orientation != rule || !same(rows, want) {
			t.Errorf("%s: by the rule of %s; as files: %v, turned: %v",
				what, m.Data.Orientation, same(rows, asFiles), same(rows, turned))
		}
		if m, rows = features(root, "parquet", true); m.Data.Orientation != "option" || !same(rows, turned) {
			t.Errorf("%s, with the option: %s", what, m.Data.Orientation)
		}
	}
}
