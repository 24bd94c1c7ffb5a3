package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// claimed are the files that an import makes, a merge of sites, a recast, a cut or an identity, before the manifest.
var claimed = []string{
	textFile, projectionFile, curvatureFile,
	"train.features.npy", "train.views.npy", "train.labels.npy", "train.files.txt", "train.clients.txt",
	"test.features.npy", "test.labels.npy", "test.files.txt", "test.clients.txt",
}

// claim makes dir and holds it, if nothing lies in it but what an import, a merge of sites or a recast left that was
// killed: that is removed. The killed one left its lock, too, by which its files are told from others of the same
// names.
func claim(dir string) (release func(), err error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	if release, err = durable.Enter(dir); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if err := vacant(dir); err != nil { // whoever had the folder before finished in the meantime
		release()
		return nil, err
	}
	wipe(dir)
	return release, nil
}

// vacant refuses a folder that holds anything but claimed files that were left by one who was killed.
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
		left := name == durable.LockFile || slices.Contains(claimed, name) ||
			strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp")
		if !begun || !left {
			return fault.Usagef("cache: %s is not empty; choose a new folder for --out", dir)
		}
	}
	return nil
}

// wipe removes the claimed files.
func wipe(dir string) {
	sweep(dir)
	for _, name := range claimed {
		_ = os.Remove(filepath.Join(dir, name)) // one that stays is written again, or refused as not empty
	}
}

// complete tells whether a folder holds a finished cache, or shard.
func complete(dir string) bool {
	for _, done := range []string{ManifestFile, filepath.Join(partsDir, shardFile)} {
		if _, err := os.Stat(filepath.Join(dir, done)); err == nil {
			return true
		}
	}
	return false
}

// ErrComplete says that the folder already holds exactly what was planned.
var ErrComplete = errors.New("cache: already complete")

// finished says what to do about a finished cache, or shard, in the way.
func finished(dir string, want header, resume bool) error {
	var is header
	m, err := readManifest(dir)
	switch s, shardErr := openShard(dir); {
	case err == nil:
		is.Inputs = m.Inputs
	case shardErr == nil:
		is = header{s.journal.of.Inputs, s.Shard}
	default:
		return err
	}
	switch {
	case resume && is == want:
		if err == nil { // a process that was killed at the very end may have left them
			sweep(dir)
			if err := os.RemoveAll(filepath.Join(dir, partsDir)); err != nil {
				return fmt.Errorf("cache: %w", err)
			}
		}
		return ErrComplete
	case resume && is.Inputs == want.Inputs:
		return fault.Usagef("cache: %s already holds %s, finished, not %s; give each its own --out",
			dir, is.Shard.what(), want.Shard.what())
	}
	return fault.Usagef("cache: %s already holds a finished cache; choose another --out", dir)
}

// room refuses a folder that holds anything but what earlier work on the same contents may have left.
func room(dir string, contents Contents) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // there is none yet, or making it will say what is wrong
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !planned(contents, e.Name()) {
			return fault.Usagef("cache: %s is not empty (it holds %s); choose a new folder for --out", dir, e.Name())
		}
	}
	return nil
}

// sweep removes temporary files of writers that were killed.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, ".*.tmp")) // the pattern is well formed
	for _, file := range left {
		_ = os.Remove(file) // it does no harm
	}
}

// planned reports whether name is a file that finishing leaves in the folder.
func planned(contents Contents, name string) bool {
	if name == textFile || name == projectionFile {
		return true
	}
	for _, s := range contents.Splits {
		for _, ending := range []string{
			".features.npy", ".views.npy", ".labels.npy", ".files.txt", ".clients.txt", thumbsEnding,
		} {
			if name == s.Name+ending {
				return true
			}
		}
		if contents.Tokens != nil && isTokensFile(name, s.Name) {
			return true
		}
	}
	return false
}
