package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// imports are the files that an import makes, before the manifest.
var imports = []string{
	textFile, projectionFile, "train.features.npy", "train.labels.npy", "test.features.npy", "test.labels.npy",
}

// claim makes dir and holds it, if nothing lies in it but what an import left that was killed: that is removed. The
// killed one left its lock, too, by which its files are told from others of the same names.
func claim(dir string) (release func(), err error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cache: make folder: %w", err)
	}
	if release, err = durable.Hold(dir); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if err := vacant(dir); err != nil { // whoever had the folder before finished in the meantime
		release()
		return nil, err
	}
	wipe(dir)
	return release, nil
}

// vacant refuses a folder that holds anything but what a killed import leaves.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return fmt.Errorf("cache: %w", err)
	}
	_, err = os.Stat(filepath.Join(dir, durable.LockFile))
	begun := err == nil
	for _, e := range entries {
		name := e.Name()
		left := name == durable.LockFile || slices.Contains(imports, name) ||
			strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
		if !begun || !left {
			return fault.Usagef("cache: %s is not empty; choose a new folder for --out", dir)
		}
	}
	return nil
}

// wipe removes what an import made.
func wipe(dir string) {
	sweep(dir)
	for _, name := range imports {
		_ = os.Remove(filepath.Join(dir, name)) // one that stays is written again, or refused as not empty
	}
}
