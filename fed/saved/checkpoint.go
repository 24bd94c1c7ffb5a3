// Package saved is what a run writes while it goes on: checkpoints that hold everything a run needs to continue, and
// the journal of its rounds.
package saved

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A Checkpoint is a folder of NumPy arrays and the file that names them:
//
//	latest.json                   round, tensors of the parameters, names and sizes of the vectors, hashes of files
//	round-000100.shared-phi.npy   a vector that the server shares, (n) float32: φ_g
//	round-000100.own-X.npy        a vector of the server's own, (n) float32
//	round-000100.kept-phi.npy     what the clients named in latest.json keep under a name, (k,n) float32: φ_k
//
// Arrays are written first and latest.json last, atomically, so the folder always holds one complete checkpoint.
// Files of older checkpoints are removed after that. latest.json has its own checksum as its last field.
type Checkpoint struct {
	Round   int // rounds finished
	Tensors peft.Layout
	Shared  map[string][]float32
	Own     map[string][]float32
	Kept    *kept.Store // nil: the clients keep what they keep elsewhere
}

// format is the version of the folder.
const format = 2

// index is latest.json.
type index struct {
	Format  int              `json:"format"`
	Round   int              `json:"round"`
	Clients int              `json:"clients"`
	Tensors peft.Layout      `json:"tensors"`
	Shared  map[string]int   `json:"shared"`         // lengths
	Own     map[string]int   `json:"own,omitempty"`  // lengths
	Kept    map[string]share `json:"kept,omitempty"` // by name
	Sums    sums             `json:"sha256"`
}

// share says who keeps vectors of what length.
type share struct {
	Size    int   `json:"size"`
	Clients []int `json:"clients"`
}

type sums map[string]string

const latest = "latest.json"

func arrayFile(round int, kind, name string) string {
	return fmt.Sprintf("round-%06d.%s-%s.npy", round, kind, name)
}

// Save writes a checkpoint into dir, which is made if needed.
func Save(dir string, c Checkpoint) error {
	if err := save(dir, c); err != nil {
		return fmt.Errorf("fed: save checkpoint: %w", err)
	}
	return nil
}

func save(dir string, c Checkpoint) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	x := index{Format: format, Round: c.Round, Tensors: c.Tensors, Sums: sums{},
		Shared: map[string]int{}, Own: map[string]int{}, Kept: map[string]share{}}
	array := func(kind, name string, rows int, row func(i int) ([]float32, error), shape ...int) error {
		file := arrayFile(c.Round, kind, name)
		sum, err := writeRows(filepath.Join(dir, file), rows, row, shape)
		x.Sums[file] = sum
		return err
	}
	for kind, part := range map[string]struct {
		of  map[string][]float32
		len map[string]int
	}{"shared": {c.Shared, x.Shared}, "own": {c.Own, x.Own}} {
		for name, v := range part.of {
			part.len[name] = len(v)
			if err := array(kind, name, 1, func(int) ([]float32, error) { return v, nil }, len(v)); err != nil {
				return err
			}
		}
	}
	if c.Kept != nil {
		x.Clients = c.Kept.Clients()
		for _, name := range c.Kept.Names() {
			v := c.Kept.Of(name)
			s := share{Size: v.Size(), Clients: []int{}}
			for k := range v.Len() {
				if v.Has(k) {
					s.Clients = append(s.Clients, k)
				}
			}
			if len(s.Clients) == 0 {
				continue
			}
			x.Kept[name] = s
			buffer := make([]float32, s.Size)
			row := func(i int) ([]float32, error) { return v.Get(s.Clients[i], buffer) }
			if err := array("kept", name, len(s.Clients), row, len(s.Clients), s.Size); err != nil {
				return err
			}
		}
	}
	if err := durable.WriteSealed(filepath.Join(dir, latest), x); err != nil {
		return err
	}
	return sweep(dir, x.Sums)
}

// sweep removes the arrays that latest.json does not name.
func sweep(dir string, current sums) error {
	old, err := filepath.Glob(filepath.Join(dir, "round-*.npy"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, named := current[filepath.Base(path)]; !named {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeRows writes one float32 array and returns the file's SHA-256.
func writeRows(path string, rows int, row func(i int) ([]float32, error), shape []int) (string, error) {
	sum := sha256.New()
	err := durable.WriteFile(path, func(w io.Writer) error {
		out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
		if _, err := out.Write(npy.AppendHeader(nil, "<f4", shape...)); err != nil {
			return err
		}
		var buffer []byte
		for i := range rows {
			values, err := row(i)
			if err != nil {
				return err
			}
			buffer = npy.AppendFloats(buffer[:0], "<f4", values)
			if _, err := out.Write(buffer); err != nil {
				return err
			}
		}
		return out.Flush()
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// Exists reports whether dir holds a checkpoint.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, latest))
	return !errors.Is(err, os.ErrNotExist)
}

// names lists a map's keys in order.
func names[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
