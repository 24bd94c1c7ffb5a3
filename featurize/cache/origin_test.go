package cache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where images lie is remembered outside the cache, and forgotten once another cache is there.
func TestOrigin(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, home)
	}
	dir := fresh(t, testContents(20, 10, "<f4"))
	if _, ok := OriginOf(dir); ok {
		t.Error("it knows what it was not told")
	}
	before := content(t, dir)
	Remember(dir, "photos", "encoder", map[string]int{"Fold": 3})
	holds(t, "remembered", dir, before)
	o, ok := OriginOf(dir)
	want, err := filepath.Abs("photos")
	model, _ := filepath.Abs("encoder")
	if err != nil || !ok || o.Data != want || o.Model != model || !strings.Contains(string(o.Options), `"Fold": 3`) {
		t.Errorf("%+v, %v", o, ok)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh(t, testContents(21, 10, "<f4")), dir); err != nil {
		t.Fatal(err)
	}
	if _, ok := OriginOf(dir); ok {
		t.Error("another cache at the same place")
	}
}
