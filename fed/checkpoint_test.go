package fed_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

var layout = peft.Layout{{Name: "w", Rows: 1, Cols: 3}}

func state() *fed.State {
	return &fed.State{
		Round: 4, Global: []float32{1, -2, 0.1}, Personal: fed.VectorsOf([][]float32{nil, {4, 5, 6}, nil, {7, 8, 9}}),
		Server: map[string][]float32{"velocity": {1, 2, 3, 4, 5}},
	}
}

func TestCheckpointRoundTrip(t *testing.T) {
	nobody := &fed.State{Round: 1, Global: []float32{1, 2, 3}, Personal: fed.VectorsOf(make([][]float32, 4)), Server: map[string][]float32{}}
	dir := filepath.Join(t.TempDir(), "made")
	for _, want := range []*fed.State{nobody, state()} { // the second replaces the first
		if err := fed.SaveCheckpoint(dir, want, layout); err != nil {
			t.Fatal(err)
		}
		got, err := fed.LoadCheckpoint(dir, 3, 4)
		if err != nil {
			t.Fatal(err)
		}
		if !fedtest.Same(t, got, want) {
			t.Errorf("%+v comes back as %+v", want, got)
		}
	}
	old, err := filepath.Glob(filepath.Join(dir, "round-000001.*"))
	if err != nil || len(old) > 0 {
		t.Errorf("files of the older checkpoint remain: %v (%v)", old, err)
	}
}

func TestCheckpointMissing(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere")} {
		if _, err := fed.LoadCheckpoint(dir, 3, 4); !errors.Is(err, os.ErrNotExist) || fault.KindOf(err) != fault.Missing {
			t.Errorf("error %v", err)
		}
	}
}

func TestCheckpointRefuses(t *testing.T) {
	const global, personal = "round-000004.global.npy", "round-000004.personal.npy"
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
	truncate := func(b []byte) []byte { return b[:len(b)-4] }
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
		{"flipped bit at the server", file("round-000004.server-velocity.npy", false, flip), 3, 4, fault.Mismatch},
		{"not finite, hash follows", file(global, true, func(b []byte) []byte { copy(b[len(b)-4:], "\x00\x00\xc0\x7f"); return b }), 3, 4, fault.Corrupt},
		{"another module", nil, 5, 4, fault.Corrupt},
		{"another number of clients", nil, 3, 5, fault.Corrupt},
		{"latest.json is not JSON", file("latest.json", false, truncate), 3, 4, fault.Corrupt},
		{"another format", entry(func(c map[string]any) { c["format"] = 2 }), 3, 4, fault.Corrupt},
		{"client out of range", entry(func(c map[string]any) { c["personal_clients"] = []int{1, 4} }), 3, 4, fault.Corrupt},
		{"negative client", entry(func(c map[string]any) { c["personal_clients"] = []int{-1, 3} }), 3, 4, fault.Corrupt},
		{"more clients than there are", entry(func(c map[string]any) { c["personal_clients"] = []int{0, 1, 2, 3, 3} }), 3, 4, fault.Corrupt},
		{"fewer clients than rows", entry(func(c map[string]any) { c["personal_clients"] = []int{1} }), 3, 4, fault.Corrupt},
		{"another server size", entry(func(c map[string]any) { c["server"] = map[string]int{"velocity": 4} }), 3, 4, fault.Corrupt},
		{"file outside the folder", entry(func(c map[string]any) { c["sha256"].(map[string]any)["../x"] = "" }), 3, 4, fault.Corrupt},
		{"array removed", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, personal)); err != nil {
				t.Fatal(err)
			}
		}, 3, 4, fault.Corrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := fed.SaveCheckpoint(dir, state(), layout); err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				c.spoil(t, dir)
			}
			s, err := fed.LoadCheckpoint(dir, c.size, c.clients)
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
