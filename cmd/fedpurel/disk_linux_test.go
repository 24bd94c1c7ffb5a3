package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// volume mounts a file system of its own at dir/name, where that is allowed.
func volume(t *testing.T, dir, name, options string, flags uintptr) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", path, "tmpfs", flags, options); err != nil {
		t.Skip("file systems cannot be mounted here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
}

// A full disk ends the work with one line and keeps the finished parts; with more room the same command finishes,
// with the same bytes.
func TestFullDisk(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 2600)
	args := []string{"featurize", "--data", "data", "--model", "tiny"}
	ok(t, dir, append(args, "--out", "whole")...)
	volume(t, dir, "small", "size=1400k", 0) // room for two parts of 512 kB
	fails(t, dir, 1, "free some space", append(args, "--out", "small/cache")...)
	if parts, _ := filepath.Glob(filepath.Join(dir, "small/cache/.parts/train.*.npy")); len(parts) == 0 {
		t.Error("no finished part is kept")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "small/cache/.parts/.*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := unix.Mount("tmpfs", filepath.Join(dir, "small"), "tmpfs", unix.MS_REMOUNT, "size=2200k"); err != nil {
		t.Fatal(err)
	}
	// It is the joining of the parts that meets the full disk.
	fails(t, dir, 1, "free some space", append(args, "--out", "small/cache", "--resume")...)
	if err := unix.Mount("tmpfs", filepath.Join(dir, "small"), "tmpfs", unix.MS_REMOUNT, "size=20m"); err != nil {
		t.Fatal(err)
	}
	out := ok(t, dir, append(args, "--out", "small/cache", "--resume", "--json")...)
	if !strings.Contains(out, `"images": 0`) {
		t.Errorf("images were embedded twice:\n%.300s", out)
	}
	same(t, dir, "whole", "small/cache")
}

func TestReadOnlyOutput(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	coloured(t, dir, "data", 20)
	volume(t, dir, "fixed", "", unix.MS_RDONLY)
	fails(t, dir, 1, "choose a folder", "featurize", "--data", "data", "--model", "tiny", "--out", "fixed/cache")
	fails(t, dir, 1, "read-only", "cache", "merge", "--out", "fixed/merged", shardOf(t, dir))
}
