package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fedpurel/fedpurel/train/durable"
)

func TestHold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, durable.LockFile)
	if err := os.WriteFile(path, nil, 0o644); err != nil { // of a process that was killed
		t.Fatal(err)
	}
	release, err := durable.Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Hold(dir); !errors.Is(err, durable.ErrBusy) {
		t.Errorf("held twice: %v", err)
	}
	release()
	again, err := durable.Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	release() // the first holder's second call is not the second holder's
	if _, err := durable.Hold(dir); !errors.Is(err, durable.ErrBusy) {
		t.Errorf("held twice: %v", err)
	}
	again()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock stays: %v", err)
	}
	if _, err := durable.Hold(filepath.Join(dir, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// However holders come and go, there is never more than one.
func TestHoldIsExclusive(t *testing.T) {
	dir := t.TempDir()
	var inside, got atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 300 {
				release, err := durable.Hold(dir)
				if errors.Is(err, durable.ErrBusy) {
					continue
				} else if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two holders at once")
				}
				got.Add(1)
				inside.Add(-1)
				release()
			}
		})
	}
	group.Wait()
	if got.Load() == 0 {
		t.Error("nobody ever held the folder")
	}
}
