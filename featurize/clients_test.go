package featurize

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
)

// The sites above class folders end up beside the rows of the cache, also in shards and where an image is skipped.
func TestSitesReachTheCache(t *testing.T) {
	pictures, root := images(t, 4), t.TempDir()
	for _, site := range []string{"New York", "Zürich"} {
		for _, split := range []string{"train", "test"} {
			err := os.CopyFS(filepath.Join(root, split, site), os.DirFS(filepath.Join(pictures, split)))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	bad := filepath.Join(root, "train", "New York", "kind_1", "0002.png")
	if err := os.WriteFile(bad, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Skip = true
	out := filepath.Join(t.TempDir(), "cache")
	r, err := run(t, root, out, encoder(t), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Manifest.Data.Name != "" {
		t.Errorf("the set is called %q", r.Manifest.Data.Name)
	}
	c, err := cache.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for split, rows := range map[string]int{"train": 15, "test": 16} {
		s, err := c.Split(split)
		if err != nil {
			t.Fatal(err)
		}
		files, err := s.Files()
		if err != nil {
			t.Fatal(err)
		}
		clients, err := s.Clients()
		if err != nil || len(clients) != rows || len(files) != rows {
			t.Fatalf("%d clients of %d rows, %v", len(clients), len(files), err)
		}
		for i, name := range files {
			if !strings.HasPrefix(name, split+"/"+clients[i]+"/") {
				t.Errorf("%s is %q's", name, clients[i])
			}
		}
		if n := len(slices.Compact(slices.Sorted(slices.Values(clients)))); n != 2 {
			t.Errorf("%d clients in %s", n, split)
		}
	}
	var shards []string
	for i := range 2 {
		o.Shard = cache.Shard{Index: i + 1, Count: 2}
		shards = append(shards, filepath.Join(t.TempDir(), "shard"))
		if _, err := run(t, root, shards[i], encoder(t), o); err != nil {
			t.Fatal(err)
		}
	}
	merged := filepath.Join(t.TempDir(), "merged")
	if _, _, err := cache.Merge(t.Context(), merged, shards, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(arrays, "train.clients.txt", "test.clients.txt") {
		if read(t, out, name) != read(t, merged, name) {
			t.Errorf("%s of shards differs", name)
		}
	}
}
