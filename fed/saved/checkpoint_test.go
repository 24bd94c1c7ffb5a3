package saved_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

var layout = peft.Layout{{Name: "w", Rows: 1, Cols: 3}}

const clients = 4

// store keeps two vectors of two lengths, of some clients.
func store(t *testing.T, vectors map[string]map[int][]float32) *kept.Store {
	t.Helper()
	s := kept.NewStore(clients, t.TempDir(), 1<<20)
	for name, of := range vectors {
		for k, v := range of {
			if err := s.Put(name, k, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.Commit()
	return s
}

func checkpoint(t *testing.T) saved.Checkpoint {
	t.Helper()
	return saved.Checkpoint{
		Round: 4, Tensors: layout, Shared: map[string][]float32{"phi": {1, -2, 0.1}, "counts": {4, 2}},
		Own:  map[string][]float32{"velocity": {1, 2, 3, 4, 5}},
		Kept: store(t, map[string]map[int][]float32{"phi": {1: {4, 5, 6}, 3: {7, 8, 9}}, "alpha": {0: {0.5}}}),
	}
}

// all reads everything that is kept.
func all(t *testing.T, s *kept.Store) map[string][][]float32 {
	t.Helper()
	out := map[string][][]float32{}
	for _, name := range s.Names() {
		for k := range clients {
			v, err := s.Get(name, k, nil)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

func TestCheckpointRoundTrip(t *testing.T) {
	first := saved.Checkpoint{Round: 1, Tensors: layout, Shared: map[string][]float32{"phi": {1, 2, 3}},
		Own: map[string][]float32{}, Kept: store(t, nil)}
	dir := filepath.Join(t.TempDir(), "made")
	for _, want := range []saved.Checkpoint{first, checkpoint(t)} { // the second replaces the first
		if err := saved.Save(dir, want); err != nil {
			t.Fatal(err)
		}
		into := kept.NewStore(clients, t.TempDir(), 1<<20)
		got, err := saved.Load(dir, 3, into)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(all(t, into), all(t, want.Kept)) {
			t.Errorf("kept %v comes back as %v", all(t, want.Kept), all(t, into))
		}
		got.Kept, want.Kept = nil, nil
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%+v comes back as %+v", want, *got)
		}
	}
	old, err := filepath.Glob(filepath.Join(dir, "round-000001.*"))
	if err != nil || len(old) > 0 {
		t.Errorf("files of the older checkpoint remain: %v (%v)", old, err)
	}
}

func TestCheckpointMissing(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere")} {
		_, err := saved.Load(dir, 3, store(t, nil))
		if !errors.Is(err, os.ErrNotExist) || fault.KindOf(err) != fault.Missing || saved.Exists(dir) {
			t.Errorf("error %v", err)
		}
	}
}

func TestCheckpointRefuses(t *testing.T) {
	const global, personal = "round-000004.shared-phi.npy", "round-000004.kept-phi.npy"
	// file changes one file of the checkpoint; with rehash its recorded hash follows, as if it had been saved so.
	file := func(name string, rehash bool, change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			data = change(data)
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			if rehash {
				sum := sha256.Sum256(data)
				edit(t, dir, func(c map[string]any) { c["sha256"].(map[string]any)[name] = hex.EncodeToString(sum[:]) })
			}
		}
	}
	entry := func(change func(c map[string]any)) func(*testing.T, string) {
		return func(t *testing.T, dir string) { t.Helper(); edit(t, dir, change) }
	}
	share := func(c map[string]any) map[string]any { return c["kept"].(map[string]any)["phi"].(map[string]any) }
	sums := func(c map[string]any) map[string]any { return c["sha256"].(map[string]any) }
	of := func(field string, value any) func(*testing.T, string) {
		return entry(func(c map[string]any) { share(c)[field] = value })
	}
	own := func(name string, size int) func(*testing.T, string) {
		return entry(func(c map[string]any) { c["own"] = map[string]int{name: size} })
	}
	truncate := func(b []byte) []byte { return b[:len(b)-4] }
	spoil := func(b []byte) []byte { copy(b[len(b)-4:], "\x00\x00\xc0\x7f"); return b } // a NaN
	flip := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	for _, c := range []struct {
		name          string
		spoil         func(*testing.T, string)
		size, clients int
		kind          fault.Kind
	}{
		{"truncated array", file(personal, false, truncate), 3, 4, fault.Mismatch},
		{"truncated array, hash follows", file(personal, true, truncate), 3, 4, fault.Corrupt},
		{"empty array file, hash follows", file(global, true, func([]byte) []byte { return nil }), 3, 4, fault.Corrupt},
		{"flipped bit", file(global, false, flip), 3, 4, fault.Mismatch},
		{"flipped bit at the server", file("round-000004.own-velocity.npy", false, flip), 3, 4, fault.Mismatch},
		{"not finite, hash follows", file(global, true, spoil), 3, 4, fault.Corrupt},
		{"another module", nil, 5, 4, fault.Corrupt},
		{"another number of clients", nil, 3, 5, fault.Corrupt},
		{"latest.json is not JSON", file("latest.json", false, truncate), 3, 4, fault.Corrupt},
		{"another client", file("latest.json", false, func(b []byte) []byte {
			return bytes.Replace(b, []byte("1,\n        3"), []byte("1,\n        2"), 1) // {1, 3} keep φ
		}), 3, 4, fault.Mismatch},
		{"another format", entry(func(c map[string]any) { c["format"] = 1 }), 3, 4, fault.Corrupt},
		{"client out of range", of("clients", []int{1, 4}), 3, 4, fault.Corrupt},
		{"negative client", of("clients", []int{-1, 3}), 3, 4, fault.Corrupt},
		{"more clients than there are", of("clients", []int{0, 1, 2, 3, 3}), 3, 4, fault.Corrupt},
		{"fewer clients than rows", of("clients", []int{1}), 3, 4, fault.Corrupt},
		{"another server size", own("velocity", 4), 3, 4, fault.Corrupt},
		{"file outside the folder", entry(func(c map[string]any) { sums(c)["../x"] = "" }), 3, 4, fault.Corrupt},
		{"another size of what is kept", entry(func(c map[string]any) { share(c)["size"] = 2 }), 3, 4, fault.Corrupt},
		{"a negative size", entry(func(c map[string]any) { share(c)["size"] = -3 }), 3, 4, fault.Corrupt},
		{"a name that is a path", own("../x", 4), 3, 4, fault.Corrupt},
		{"a hash left out", entry(func(c map[string]any) { delete(sums(c), personal) }), 3, 4, fault.Corrupt},
		{"a round that is no round", entry(func(c map[string]any) { c["round"] = -1 }), 3, 4, fault.Corrupt},
		{"array removed", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, personal)); err != nil {
				t.Fatal(err)
			}
		}, 3, 4, fault.Corrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := saved.Save(dir, checkpoint(t)); err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				c.spoil(t, dir)
			}
			s, err := saved.Load(dir, c.size, kept.NewStore(c.clients, t.TempDir(), 1<<20))
			if err == nil || fault.KindOf(err) != c.kind || errors.Is(err, os.ErrNotExist) {
				t.Errorf("error %v (kind %d), want kind %d; state %+v", err, fault.KindOf(err), c.kind, s)
			}
		})
	}
}

// edit changes latest.json.
func edit(t *testing.T, dir string, change func(map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, "latest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	change(c)
	if data, err = json.Marshal(c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// What some clients keep is read alone; shared vectors and hashes are as ever.
func TestLoadOf(t *testing.T) {
	dir := t.TempDir()
	if err := saved.Save(dir, checkpoint(t)); err != nil {
		t.Fatal(err)
	}
	into := kept.NewStore(clients, t.TempDir(), 1<<20)
	got, err := saved.LoadOf(dir, 3, into, []int{3})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][][]float32{"phi": {nil, nil, nil, {7, 8, 9}}}
	if kept := all(t, into); !reflect.DeepEqual(kept, want) || len(got.Shared) != 2 {
		t.Errorf("%v, shared %v", kept, got.Shared)
	}
}
