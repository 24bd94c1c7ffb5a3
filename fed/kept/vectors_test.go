package kept_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/kept"
)

const much = 1 << 30

// Vectors behave the same in memory and in a file: what is staged is seen, taken back or kept, and places are used
// again.
func TestVectors(t *testing.T) {
	for name, bytes := range map[string]int64{"in memory": much, "in a file": 0} {
		t.Run(name, func(t *testing.T) {
			v, err := kept.NewVectors(4, 3, t.TempDir(), bytes)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			put := func(k int, x ...float32) {
				if err := v.Put(k, x); err != nil {
					t.Fatal(err)
				}
				x[0] = 99 // Put copies
			}
			holds := func(k int, want ...float32) {
				t.Helper()
				got, err := v.Get(k, nil)
				if err != nil || !slices.Equal(got, want) || v.Has(k) != (want != nil) {
					t.Fatalf("client %d has %v (%v), want %v", k, got, err, want)
				}
			}
			holds(2)
			put(2, 1, 2, 3)
			holds(2, 1, 2, 3)
			v.Rollback()
			holds(2)
			for round := float32(0); round < 5; round++ {
				before := v.Version(1)
				put(1, round, 0, 0)
				put(1, round, 1, 0) // twice in one round
				put(3, 0, 0, round)
				if v.Version(1) == before {
					t.Error("the version stays")
				}
				v.Commit()
				put(1, -1, -1, -1)
				put(2, -1, -1, -1)
				v.Rollback()
				holds(1, round, 1, 0)
				holds(2)
				holds(3, 0, 0, round)
			}
			if v.Size() != 3 || v.Len() != 4 {
				t.Errorf("%d vectors of %d", v.Len(), v.Size())
			}
		})
	}
}

// A folder that takes no scratch file is an error, not a panic later.
func TestVectorsNeedAFolder(t *testing.T) {
	if _, err := kept.NewVectors(4, 3, filepath.Join(t.TempDir(), "nowhere"), 0); err == nil {
		t.Errorf("error %v", err)
	}
	s := kept.NewStore(4, filepath.Join(t.TempDir(), "nowhere"), 0)
	if err := s.Put("phi", 1, []float32{1}); err == nil {
		t.Error("a store without a folder takes vectors that need one")
	}
}

// Names have lengths of their own, and are staged, kept and forgotten together.
func TestStore(t *testing.T) {
	for name, bytes := range map[string]int64{"in memory": much, "in a file": 0} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := kept.NewStore(3, dir, bytes)
			put := func(name string, k int, x ...float32) {
				t.Helper()
				if err := s.Put(name, k, x); err != nil {
					t.Fatal(err)
				}
			}
			if v, err := s.Get("phi", 0, nil); v != nil || err != nil || s.Has(0) || s.Version("phi", 0) != 0 {
				t.Errorf("an empty store has %v, %v", v, err)
			}
			put("phi", 0, 1, 2, 3)
			put("alpha", 2, 0.5)
			put("none", 1)
			if !s.Has(0) || !s.Has(1) || !s.Has(2) {
				t.Error("what is staged is not there")
			}
			s.Commit()
			put("phi", 0, 7, 7, 7)
			put("phi", 1, 7, 7, 7)
			s.Rollback()
			phi, err := s.Get("phi", 0, make([]float32, 1)) // too small a buffer is not used
			if err != nil || !slices.Equal(phi, []float32{1, 2, 3}) || s.Of("phi").Has(1) {
				t.Errorf("phi is %v (%v)", phi, err)
			}
			if err := s.Put("phi", 1, []float32{1}); err == nil {
				t.Error("a name takes vectors of two lengths")
			}
			if names := s.Names(); !slices.Equal(names, []string{"alpha", "none", "phi"}) {
				t.Errorf("names %v", names)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("scratch files remain: %v (%v)", left, err)
			}
		})
	}
}
