package lab_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
)

// mustOpen opens a cache for a test.
func mustOpen(t *testing.T, dir string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Verify(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// rowsOf describes rows of a split to the bit: features, views, labels and names.
func rowsOf(t *testing.T, c *cache.Cache, split string, rows []int) []string {
	t.Helper()
	s, err := c.Split(split)
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	x := f32.New(1, s.Dim())
	var all []string
	for _, r := range rows {
		line := fmt.Sprint(s.Labels()[r])
		if files != nil {
			line += " " + files[r]
		}
		for v := range 1 + s.Views() {
			if err := s.GatherViews(x, []int{r}, []int{v}); err != nil {
				t.Fatal(err)
			}
			line += fmt.Sprintf(" %x", x.Data)
		}
		all = append(all, line)
	}
	return all
}

// until are the numbers below n.
func until(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// whole are all rows of a split.
func whole(t *testing.T, c *cache.Cache, split string) []string {
	t.Helper()
	s, err := c.Split(split)
	if err != nil {
		t.Fatal(err)
	}
	return rowsOf(t, c, split, until(s.Len()))
}

// Whatever the partition, each site's cache holds its client's rows bit for bit, in their order; put together again,
// the sites' images have the clients that they had.
func TestCut(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	for i, given := range []lab.Settings{
		{"clients": 3, "beta": 0.3},
		{"clients": 12, "beta": 0.5, "imbalance": 2, "data_seed": 5},
		{"clients": 4, "partition": "iid", "local_test": "matched"},
		{"partition": "natural", "client_pattern": "(person.)"},
		{"partition_file": b.path("partition.json")},
		{"clients": 3, "cache": b.path("wide")},
	} {
		spec := mustSpec(t, tables, given.Over(lab.Settings{"cache": b.path("cache")}))
		division, err := lab.Divide(spec)
		if err != nil {
			t.Fatal(err)
		}
		out := b.path(fmt.Sprintf("cut-%d", i))
		to := lab.Cutting{Out: out, Rest: filepath.Join(out, "rest")}
		pieces, err := lab.How{}.Cut(context.Background(), spec, to)
		if err != nil {
			t.Fatal(given, err)
		}
		whence := mustOpen(t, spec.Cache)
		var sites []cache.Site
		owned := 0
		for k, shard := range division.Clients {
			p := pieces[k]
			c := mustOpen(t, p.Dir)
			if !slices.Equal(whole(t, c, "train"), rowsOf(t, whence, "train", shard.Train)) ||
				!slices.Equal(whole(t, c, "test"), rowsOf(t, whence, "test", shard.Test)) {
				t.Errorf("%v: the rows of %s are not client %d's", given, p.Name, k)
			}
			if !bytes.Equal(asBytes(c.Text), asBytes(whence.Text)) || c.Manifest.DType != whence.Manifest.DType {
				t.Errorf("%v: %s has another head", given, p.Name)
			}
			sites = append(sites, cache.Site{Name: p.Name, Dir: p.Dir})
			owned += len(shard.Test)
		}
		rest := mustOpen(t, filepath.Join(out, "rest"))
		test, _ := whence.Split("test")
		if n := len(whole(t, rest, "test")); n != test.Len()-owned || len(whole(t, rest, "train")) != 0 {
			t.Errorf("%v: the rest has %d test images, want %d", given, n, test.Len()-owned)
		}
		again, err := lab.How{}.Cut(context.Background(), spec, to)
		if err != nil || slices.ContainsFunc(again, func(p lab.Piece) bool { return !p.Complete }) {
			t.Errorf("%v: a second time: %v, %v", given, again, err)
		}
		merged := b.path(fmt.Sprintf("merged-%d", i))
		if _, _, err := cache.MergeSites(context.Background(), merged, sites, nil, nil); err != nil {
			t.Fatal(given, err)
		}
		together := mustSpec(t, tables, lab.Settings{"cache": merged, "partition": "natural"})
		natural, err := lab.Divide(together)
		if err != nil {
			t.Fatal(err)
		}
		sameClients(t, mustOpen(t, merged), natural.Partition, whence, division.Partition)
	}
}

func asBytes(m f32.Matrix) []byte { return fmt.Appendf(nil, "%x", m.Data) }

// sameClients compares what clients own in two caches, in one of which images are called after their sites.
func sameClients(t *testing.T, a *cache.Cache, p *partition.Partition, b *cache.Cache, q *partition.Partition) {
	t.Helper()
	if len(p.Clients) != len(q.Clients) {
		t.Errorf("%d clients of %d", len(p.Clients), len(q.Clients))
		return
	}
	plain := func(rows []string, site string) (all []string) {
		for _, line := range rows {
			all = append(all, strings.Replace(line, " "+site+"/", " ", 1))
		}
		slices.Sort(all)
		return all
	}
	for k := range p.Clients {
		name := p.Name(k)
		for _, split := range []struct {
			name string
			p, q []int
		}{{"train", p.Clients[k].Train, q.Clients[k].Train}, {"test", p.Clients[k].Test, q.Clients[k].Test}} {
			got := plain(rowsOf(t, a, split.name, split.p), name)
			if want := plain(rowsOf(t, b, split.name, split.q), ""); !slices.Equal(got, want) {
				t.Errorf("%s of %s: %d images, want %d, or others", split.name, name, len(got), len(want))
			}
		}
	}
}

// A cut that was interrupted goes on; one of something else is refused, and so are names that cannot be folders.
func TestCutAgain(t *testing.T) {
	b, tables := newBench(t), lab.Default()
	spec := mustSpec(t, tables, lab.Settings{"cache": b.path("cache"), "clients": 3})
	out := b.path("cut")
	to := lab.Cutting{Out: out, Names: []string{"north", "south", "east"}}
	first, err := lab.How{}.Cut(context.Background(), spec, to)
	if err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(out, "south")
	if err := errors.Join(os.Remove(filepath.Join(killed, cache.ManifestFile)),
		os.WriteFile(filepath.Join(killed, ".lock"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	second, err := lab.How{}.Cut(context.Background(), spec, to)
	if err != nil || !second[0].Complete || second[1].Complete || second[1].Name != "south" ||
		second[1].Manifest.Fingerprint != first[1].Manifest.Fingerprint {
		t.Errorf("after a kill: %+v, %v", second, err)
	}
	other := mustSpec(t, tables, lab.Settings{"cache": b.path("cache"), "clients": 3, "data_seed": 2})
	if _, err := (lab.How{}).Cut(context.Background(), other, to); err == nil ||
		!strings.Contains(err.Error(), "already holds a finished cache") {
		t.Errorf("another cut: %v", err)
	}
	for names, want := range map[string]string{
		"a,b": "2 names for 3 clients", "a,b,a": "clients 1 and 3 would both be called a", "a,b/c,d": `"b/c" cannot be`,
	} {
		to := lab.Cutting{Out: b.path("named"), Names: strings.Split(names, ",")}
		if _, err := (lab.How{}).Cut(context.Background(), spec, to); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", names, err)
		}
	}
}
