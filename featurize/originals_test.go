package featurize

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// What is made of the data set is what the cache keeps; rows behind a skipped image are right; a file that is gone has
// no picture, and a set with other images is refused.
func TestOriginals(t *testing.T) {
	root := images(t, 4)
	spoiled := filepath.Join(root, "test", "kind_0", "0001.png")
	if err := os.WriteFile(spoiled, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	o, out := options(), filepath.Join(t.TempDir(), "c")
	o.Skip, o.Thumbs = true, 10
	if _, err := run(t, root, out, encoder(t), o); err != nil {
		t.Fatal(err)
	}
	kept, _, err := cache.Pictures(out)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	set, err := all.Open(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	originals, err := NewOriginals(set, out)
	if err != nil {
		t.Fatal(err)
	}
	for row := range 8 {
		want, _, there, err := kept.Picture(row)
		if err != nil {
			t.Fatal(err)
		}
		got, kind, ok, err := originals.Picture(row)
		if err != nil || ok != there || !bytes.Equal(got, want) || ok && kind != "image/jpeg" {
			t.Errorf("row %d: %v, %v", row, ok, err)
		}
	}
	gone := filepath.Join(root, "test", "kind_1", "0000.png")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if _, _, ok, err := originals.Picture(3); ok || err != nil {
		t.Errorf("a file that is gone: %v, %v", ok, err)
	}
	fewer, err := all.Open(root, dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer fewer.Close()
	if _, err := NewOriginals(fewer, out); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("a set with fewer images: %v", err)
	}
}
