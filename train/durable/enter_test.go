package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/train/durable"
)

// A folder that was made for work goes with it where nothing came of it, with those above that were made too; one that
// was there, or in which something lies, stays.
func TestEnter(t *testing.T) {
	top := t.TempDir()
	there := func(path ...string) bool {
		_, err := os.Stat(filepath.Join(append([]string{top}, path...)...))
		return err == nil
	}
	enter := func(path ...string) (release func()) {
		t.Helper()
		dir := filepath.Join(append([]string{top}, path...)...)
		release, err := durable.Enter(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := durable.Enter(dir); !errors.Is(err, durable.ErrBusy) {
			t.Errorf("entered twice: %v", err)
		}
		return release
	}
	enter("a", "b")()
	if there("a") || !there() {
		t.Error("an empty folder stays, or one that was there goes")
	}
	release := enter("a", "b")
	if err := os.WriteFile(filepath.Join(top, "a", "b", "x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	release()
	release() // may be called twice
	if !there("a", "b", "x") || there("a", "b", durable.LockFile) {
		t.Error("what was written is gone, or the lock is not")
	}
	if err := os.Mkdir(filepath.Join(top, "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	enter("c", "d")()
	if !there("c") || there("c", "d") {
		t.Error("a folder that was there goes, or one that was made stays")
	}
	if _, err := durable.Enter(filepath.Join(top, "a", "b", "x", "y")); err == nil || !there("a", "b", "x") {
		t.Errorf("a file above: %v", err)
	}
}
