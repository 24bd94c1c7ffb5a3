package identity_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/wire/identity"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// write makes a cache of two classes whose embeddings are turned by a little.
func write(t *testing.T, turn, scale float64) *cache.Cache {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, dt npy.DType, v []float32, shape ...int) string {
		path := filepath.Join(dir, name)
		data := npy.AppendFloats(npy.AppendHeader(nil, dt, shape...), dt, v)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	labels := filepath.Join(dir, "y.npy")
	if err := os.WriteFile(labels, append(npy.AppendHeader(nil, "|u1", 2), 0, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	x := put("x.npy", "<f4", []float32{1, 2, 3, 4}, 2, 2)
	out := filepath.Join(dir, "cache")
	_, err := cache.Import(out, cache.Arrays{
		Train: x, TrainLabels: labels, Test: x, TestLabels: labels, LogitScale: scale,
		Text: put("t.npy", "<f4", []float32{1, float32(turn), 0, 1}, 2, 2), Classes: []string{"fox", "owl"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A cache fits an identity as caches of sites fit each other: up to what machines round.
func TestCheck(t *testing.T) {
	of := write(t, 0, 100)
	dir := filepath.Join(t.TempDir(), "identity")
	if _, err := of.Share(dir, nil); err != nil {
		t.Fatal(err)
	}
	id, err := cache.OpenIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer id.Close()
	if identity.Of(of).Sum() != identity.Of(id.Cache).Sum() {
		t.Error("an identity is not the identity of its cache")
	}
	for _, c := range []struct {
		turn, scale float64
		want        string
	}{
		{0, 100, ""}, {5e-5, 100, ""}, {0, 100.0001, ""}, {2e-4, 100, "the class embeddings are other ones"},
		{0, 101, "the logit scale is 101 instead of 100"},
	} {
		has := write(t, c.turn, c.scale)
		if got := identity.Differ(has, id); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
		err := identity.Check(has, id)
		if (err == nil) != (c.want == "") || err != nil && (fault.KindOf(err) != fault.Mismatch ||
			!strings.Contains(err.Error(), "featurize --like "+dir)) {
			t.Errorf("%+v: %v", c, err)
		}
		sites := []cache.Site{{Name: "a", Dir: of.Dir}, {Name: "b", Dir: has.Dir}}
		_, _, merged := cache.MergeSites(context.Background(), filepath.Join(t.TempDir(), "all"), sites, nil, nil)
		same := bytes.Equal(textOf(has), textOf(of)) && c.scale == 100 // then they are one cache, which counts once
		if !same && (merged == nil) != (err == nil) {
			t.Errorf("%+v: merge says %v, check %v", c, merged, err)
		}
	}
}

func textOf(c *cache.Cache) []byte {
	return npy.AppendFloats(nil, "<f4", c.Text.Data)
}
