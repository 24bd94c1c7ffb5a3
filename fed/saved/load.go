package saved

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Load reads the checkpoint in dir of a run whose parameters are so many, and puts what clients keep into store, which
// is empty. A missing checkpoint is os.ErrNotExist; one of another shape or format, or whose arrays do not match their
// hashes, is an error that says so.
func Load(dir string, parameters int, store *kept.Store) (*Checkpoint, error) {
	return LoadOf(dir, parameters, store, nil)
}

// LoadOf is Load of what some clients keep alone; nil are all.
func LoadOf(dir string, parameters int, store *kept.Store, clients []int) (*Checkpoint, error) {
	x, err := readIndex(dir)
	if err != nil {
		return nil, err
	}
	if n := x.Shared["phi"]; n != parameters {
		return nil, fault.Corruptf("fed: checkpoint %s holds %d parameters, this module and feature dimension need "+
			"%d; evaluate on a cache of the dimension it was trained on", dir, n, parameters)
	}
	if x.Clients != store.Clients() {
		return nil, fault.Corruptf("fed: checkpoint %s is of %d clients, the partition has %d",
			dir, x.Clients, store.Clients())
	}
	if err := x.verify(dir); err != nil {
		return nil, err
	}
	c := &Checkpoint{
		Round: x.Round, Tensors: x.Tensors, Kept: store, Shared: map[string][]float32{}, Own: map[string][]float32{},
	}
	path := func(kind, name string) string { return filepath.Join(dir, arrayFile(x.Round, kind, name)) }
	for _, name := range names(x.Shared) {
		if c.Shared[name], err = readVector(path("shared", name), x.Shared[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range names(x.Own) {
		if c.Own[name], err = readVector(path("own", name), x.Own[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range names(x.Kept) {
		if err := readKept(path("kept", name), name, x.Kept[name], store, clients); err != nil {
			return nil, err
		}
	}
	store.Commit()
	return c, nil
}

// Round is that of the checkpoint in dir. A missing checkpoint is os.ErrNotExist.
func Round(dir string) (int, error) {
	x, err := readIndex(dir)
	return x.Round, err
}

// readIndex reads and checks latest.json.
func readIndex(dir string) (x index, err error) {
	path := filepath.Join(dir, latest)
	data, err := os.ReadFile(path)
	if err != nil {
		return x, fault.Missingf("fed: read checkpoint: %w", err)
	}
	var version struct{ Format int }
	if err := json.Unmarshal(data, &version); err != nil {
		return x, fault.Corruptf("fed: %s is not a checkpoint: %w", path, err)
	}
	if version.Format != format {
		return x, fault.Corruptf("fed: checkpoint %s has format %d; this program reads format %d: train again",
			dir, version.Format, format)
	}
	if err := json.Unmarshal(data, &x); err != nil {
		return x, fault.Corruptf("fed: %s is not a checkpoint: %w", path, err)
	}
	if err := durable.CheckSeal(data); err != nil {
		return x, fault.Mismatchf("fed: %s: %w; train again or restore the file", path, err)
	}
	if x.Round < 0 || x.Round > 1e9 {
		return x, fault.Corruptf("fed: checkpoint %s is of round %d", dir, x.Round)
	}
	for _, name := range append(append(names(x.Shared), names(x.Own)...), names(x.Kept)...) {
		if !Plain(name) {
			return x, fault.Corruptf("fed: checkpoint %s names a vector %q", dir, name)
		}
	}
	return x, nil
}

// verify checks the files that the index names, and that it records a hash of every array.
func (x index) verify(dir string) error {
	for _, file := range names(x.Sums) {
		if err := verify(dir, file, x.Sums[file]); err != nil {
			return err
		}
	}
	arrays := map[string][]string{"shared": names(x.Shared), "own": names(x.Own), "kept": names(x.Kept)}
	for kind, vectors := range arrays {
		for _, name := range vectors {
			if file := arrayFile(x.Round, kind, name); x.Sums[file] == "" {
				return fault.Corruptf("fed: checkpoint %s records no hash of %s", dir, file)
			}
		}
	}
	return nil
}

// Plain reports whether a name can be part of a file's name: lower-case letters, digits, - and _.
func Plain(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return name != ""
}

// verify checks a file of the checkpoint against its recorded hash. The name comes from latest.json and must be plain.
func verify(dir, file, want string) error {
	if filepath.Base(file) != file {
		return fault.Corruptf("fed: checkpoint %s names the file %q outside its folder", dir, file)
	}
	f, err := os.Open(filepath.Join(dir, file))
	if errors.Is(err, os.ErrNotExist) {
		return fault.Corruptf("fed: checkpoint %s lacks its file %s", dir, file)
	} else if err != nil {
		return fmt.Errorf("fed: read checkpoint: %w", err)
	}
	defer f.Close() // read-only: nothing can be lost
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("fed: read checkpoint: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fault.Mismatchf("fed: checkpoint file %s has SHA-256 %.12s…, recorded is %.12s…; "+
			"train again or restore the file", filepath.Join(dir, file), got, want)
	}
	return nil
}

// readVector reads an array of want finite values, whatever its shape.
func readVector(path string, want int) ([]float32, error) {
	a, err := npy.Open(path)
	if err != nil {
		return nil, fmt.Errorf("fed: read checkpoint: %w", err)
	}
	defer a.Close()
	if !a.Floats() || a.Len() != want {
		return nil, fault.Corruptf("fed: %s holds %d values of type %s, expected %d floating-point ones",
			path, a.Len(), a.DType, want)
	}
	v, err := a.Float32s()
	if err != nil {
		return nil, fmt.Errorf("fed: read checkpoint: %w", err)
	}
	if !f32.Finite(v) {
		return nil, fault.Corruptf("fed: %s holds values that are not finite", path)
	}
	return v, nil
}

// readKept reads what clients, or some of them, keep under a name into the store.
func readKept(path, name string, s share, store *kept.Store, some []int) error {
	a, err := npy.Open(path)
	if err != nil {
		return fmt.Errorf("fed: read checkpoint: %w", err)
	}
	defer a.Close()
	if !a.Floats() || s.Size < 0 || len(a.Shape) != 2 || a.Shape[0] != len(s.Clients) || a.Shape[1] != s.Size {
		return fault.Corruptf("fed: %s holds an array %v of type %s, expected floating-point values of shape [%d %d]",
			path, a.Shape, a.DType, len(s.Clients), s.Size)
	}
	v := make([]float32, s.Size)
	for i, k := range s.Clients {
		if k < 0 || k >= store.Clients() {
			return fault.Corruptf("fed: checkpoint %s names client %d of %d", filepath.Dir(path), k, store.Clients())
		}
		if some != nil && !slices.Contains(some, k) {
			continue
		}
		a.Float32At(v, i*s.Size)
		if !f32.Finite(v) {
			return fault.Corruptf("fed: %s holds values that are not finite", path)
		}
		if err := store.Put(name, k, v); err != nil {
			return err
		}
	}
	return nil
}
