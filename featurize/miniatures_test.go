package featurize

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Thumbnails are the same for any number of workers, made at once or afterwards, of shards or not; an image that is
// skipped has none, and rows behind it are right.
func TestThumbnails(t *testing.T) {
	root := images(t, 5)
	if err := os.WriteFile(filepath.Join(root, "test", "kind_0", "0001.png"), []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Skip = true
	made := func(thumbs, workers int, shard cache.Shard, resume bool, out string) string {
		t.Helper()
		o := o
		o.Thumbs, o.Workers, o.Shard, o.Resume = thumbs, workers, shard, resume
		if _, err := run(t, root, out, encoder(t), o); err != nil {
			t.Fatal(err)
		}
		return out
	}
	base := t.TempDir()
	at := func(name string) string { return filepath.Join(base, name) }
	want := made(3, 1, cache.Shard{}, false, at("a"))
	later := made(0, 1, cache.Shard{}, false, at("c"))
	made(3, 4, cache.Shard{}, true, later)
	shards := []string{
		made(3, 2, cache.Shard{Index: 1, Count: 2}, false, at("s1")),
		made(3, 2, cache.Shard{Index: 2, Count: 2}, false, at("s2")),
	}
	if _, _, err := cache.Merge(t.Context(), at("d"), shards, nil); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{made(3, 8, cache.Shard{}, false, at("b")), later, at("d")} {
		for _, name := range []string{"test.thumbs.zip", cache.ManifestFile} {
			if read(t, want, name) != read(t, other, name) {
				t.Errorf("%s of %s differs", name, other)
			}
		}
	}
	a, perClass, err := cache.Pictures(want)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for row, there := range []bool{true, true, false, false, true, true, true, false, false} {
		if _, _, ok, err := a.Picture(row); ok != there || err != nil {
			t.Errorf("row %d: %v, %v", row, ok, err)
		}
	}
	if a.Len() != 5 || perClass != 3 {
		t.Errorf("%d pictures, %d a class", a.Len(), perClass)
	}
	o.Thumbs, o.Resume = 3, true
	if _, err := run(t, root, want, encoder(t), o); !errors.Is(err, cache.ErrComplete) {
		t.Errorf("again: %v", err)
	}
	if err := os.WriteFile(filepath.Join(later, "test.thumbs.zip"), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	made(3, 2, cache.Shard{}, true, later)
	if read(t, want, "test.thumbs.zip") != read(t, later, "test.thumbs.zip") {
		t.Error("damaged thumbnails stay")
	}
	o.Shard = cache.Shard{Index: 1, Count: 2}
	if _, err := run(t, root, shards[0], encoder(t), o); !errors.Is(err, cache.ErrComplete) {
		t.Errorf("a shard again: %v", err)
	}
	o.Thumbs = 4
	if _, err := run(t, root, shards[0], encoder(t), o); fault.KindOf(err) != fault.Usage {
		t.Errorf("a finished shard: %v", err)
	}
	o.Shard, o.Thumbs = cache.Shard{}, -1
	if _, err := run(t, root, at("x"), encoder(t), o); fault.KindOf(err) != fault.Usage {
		t.Errorf("fewer than none: %v", err)
	}
}
