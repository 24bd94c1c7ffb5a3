package export

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// scratchName is the folder in which the files of an export come into being.
const scratchName = ".export.tmp"

// begin holds the folder of the export and looks at what is there: nothing, or an export, the files of which are noted.
// What an export left that was killed goes away.
func (e *exporter) begin() (err error) {
	if e.release, err = durable.Enter(e.dir); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return fmt.Errorf("export: read folder: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(d fs.DirEntry) bool {
		return d.Name() == scratchName || d.Name() == durable.LockFile
	})
	var card Card
	data, err := os.ReadFile(filepath.Join(e.dir, CardFile))
	if err == nil {
		err = json.Unmarshal(data, &card)
	}
	if len(entries) > 0 && (err != nil || card.Kind != kind) {
		return fault.Usagef("export: %s holds files, and is no export: name a new folder with --out", e.dir)
	}
	for name := range card.Files {
		if filepath.IsLocal(filepath.FromSlash(name)) {
			e.old = append(e.old, name)
		}
	}
	e.scratch = filepath.Join(e.dir, scratchName)
	if err := os.RemoveAll(e.scratch); err != nil {
		return fmt.Errorf("export: remove what an interrupted export left: %w", err)
	}
	return nil
}

// end leaves only what was moved to its place. A folder that was made for nothing goes away.
func (e *exporter) end() {
	if e.scratch != "" {
		_ = os.RemoveAll(e.scratch) // whatever was to stay has moved away
	}
	if e.release != nil {
		e.release()
		_ = os.Remove(e.dir) // only if it is empty
	}
}

// file writes a file of the export and notes its hash.
func (e *exporter) file(name string, write func(io.Writer) error) error {
	path, sum := filepath.Join(e.scratch, filepath.FromSlash(name)), sha256.New()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("export: make folder: %w", err)
	}
	err := durable.WriteFile(path, func(w io.Writer) error { return write(io.MultiWriter(w, sum)) })
	e.card.Files[name] = hex.EncodeToString(sum.Sum(nil))
	return err
}

// settle writes the card and moves everything to its place, the card first: by its hashes it can be told whether all is
// there. What an export before had, and this one has not, goes away.
func (e *exporter) settle() error {
	if err := durable.WriteSealed(filepath.Join(e.scratch, CardFile), e.card); err != nil {
		return err
	}
	for _, name := range append([]string{CardFile}, slices.Sorted(maps.Keys(e.card.Files))...) {
		path := filepath.Join(e.dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.Rename(filepath.Join(e.scratch, filepath.FromSlash(name)), path)
		}
		if err != nil {
			return fmt.Errorf("export: name a finished file: %w", err)
		}
	}
	for _, name := range e.old {
		if e.card.Files[name] == "" {
			_ = os.Remove(filepath.Join(e.dir, filepath.FromSlash(name))) // maybe somebody has done so before
		}
	}
	_ = os.Remove(filepath.Join(e.dir, ArrayFolder)) // only if it is empty
	return nil
}
