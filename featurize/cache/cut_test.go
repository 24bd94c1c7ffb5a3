package cache

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// A split without rows is a split, in a cache that is made and in one that is cut; half precision stays.
func TestCut(t *testing.T) {
	p := testContents(10, 0, "<f2")
	p.Splits[0].Clients, p.Data = ownedContents(10, 0).Splits[0].Clients, &DataInfo{Format: "folders", Name: "dtd"}
	c := open(t, fresh(t, p))
	if n := c.splits[1].Len(); n != 0 {
		t.Fatalf("%d test images, want none", n)
	}
	dir, rows := filepath.Join(t.TempDir(), "cut"), []int{8, 2}
	m, err := Cut(t.Context(), dir, c, map[string][]int{"train": rows}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.DType != "<f2" || m.Data.Name != "" || m.Origin != "cut" || m.Splits[1].Rows != 0 {
		t.Errorf("manifest %+v", m)
	}
	is := open(t, dir)
	if err := is.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	owners, err := is.splits[0].Clients()
	if err != nil || !slices.Equal(owners, []string{site(8), site(2)}) {
		t.Errorf("clients %q, %v", owners, err)
	}
	size := len(c.splits[0].features.Data()) / c.splits[0].Len()
	for i, r := range rows {
		if string(is.splits[0].features.Data()[i*size:(i+1)*size]) !=
			string(c.splits[0].features.Data()[r*size:(r+1)*size]) {
			t.Errorf("row %d is not row %d of the whole", i, r)
		}
	}
	if again, err := Cut(t.Context(), dir, c, map[string][]int{"train": rows, "test": {}}, nil); !errors.Is(
		err, ErrComplete) || again.Fingerprint != m.Fingerprint {
		t.Errorf("a second time: %v, %v", again, err)
	}
	for want, rows := range map[string]map[string][]int{
		"already holds a finished cache": {"train": {2, 8}},
		"train row 10 cannot be cut":     {"train": {10}},
		`has no split "val"`:             {"val": {0}},
	} {
		if _, err := Cut(t.Context(), dir, c, rows, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", rows, err, want)
		} else if kind := fault.KindOf(err); kind != fault.Usage && kind != fault.Missing {
			t.Errorf("%v is of kind %d", err, kind)
		}
	}
}
