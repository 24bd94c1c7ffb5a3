package fed

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A checkpoint is a folder of NumPy arrays and the file that names them:
//
//	latest.json                  round, clients that have own parameters, tensors, files with their SHA-256
//	round-000100.global.npy      φ_g, (P) float32
//	round-000100.personal.npy    φ_k of the clients named in latest.json, (k,P) float32
//	round-000100.server-X.npy    server-side vector X, (n) float32
//
// Arrays are written first and latest.json last, atomically, so the folder always holds one complete checkpoint.
// Files of older checkpoints are removed after that.
type checkpoint struct {
	Format   int               `json:"format"`
	Round    int               `json:"round"`
	Size     int               `json:"parameters"`
	Clients  int               `json:"clients"`
	Present  []int             `json:"personal_clients"`
	Tensors  peft.Layout       `json:"tensors"`
	Server   map[string]int    `json:"server,omitempty"`
	Checksum map[string]string `json:"sha256"`
}

const latest = "latest.json"

// SaveCheckpoint writes the state into dir, which is made if needed.
func SaveCheckpoint(dir string, s *State, layout peft.Layout) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("fed: save checkpoint: %w", err)
	}
	c := checkpoint{Format: 1, Round: s.Round, Size: len(s.Global), Clients: s.Personal.Len(), Present: []int{}, Tensors: layout,
		Server: map[string]int{}, Checksum: map[string]string{}}
	for k := range s.Personal.Len() {
		if s.Personal.Has(k) {
			c.Present = append(c.Present, k)
		}
	}
	save := func(name string, rows int, row func(i int) ([]float32, error), shape ...int) error {
		file := fmt.Sprintf("round-%06d.%s.npy", s.Round, name)
		sum, err := writeRows(filepath.Join(dir, file), rows, row, shape)
		c.Checksum[file] = sum
		return err
	}
	only := func(v []float32) func(int) ([]float32, error) { return func(int) ([]float32, error) { return v, nil } }
	if err := save("global", 1, only(s.Global), len(s.Global)); err != nil {
		return fmt.Errorf("fed: save checkpoint: %w", err)
	}
	buffer := make([]float32, len(s.Global))
	own := func(i int) ([]float32, error) { return s.Personal.Get(c.Present[i], buffer) }
	if err := save("personal", len(c.Present), own, len(c.Present), len(s.Global)); err != nil {
		return fmt.Errorf("fed: save checkpoint: %w", err)
	}
	for name, v := range s.Server {
		c.Server[name] = len(v)
		if err := save("server-"+name, 1, only(v), len(v)); err != nil {
			return fmt.Errorf("fed: save checkpoint: %w", err)
		}
	}
	if err := durable.WriteJSON(filepath.Join(dir, latest), c); err != nil {
		return fmt.Errorf("fed: save checkpoint: %w", err)
	}
	return sweep(dir, c)
}

// sweep removes the arrays that latest.json does not name.
func sweep(dir string, c checkpoint) error {
	old, err := filepath.Glob(filepath.Join(dir, "round-*.npy"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if _, current := c.Checksum[filepath.Base(path)]; !current {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("fed: remove old checkpoint: %w", err)
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

// LoadCheckpoint reads the checkpoint in dir for a run of the given shape. A missing checkpoint is os.ErrNotExist;
// one of another shape, or whose arrays do not match their hashes, is an error that says so. Close the state's Personal after use.
func LoadCheckpoint(dir string, size, clients int) (*State, error) {
	personal, err := NewVectors(clients, size, os.TempDir())
	if err != nil {
		return nil, err
	}
	s, err := loadCheckpoint(dir, size, personal)
	if err != nil {
		return nil, errors.Join(err, personal.Close())
	}
	return s, nil
}

// loadCheckpoint reads the clients' own parameters into personal, which has none yet.
func loadCheckpoint(dir string, size int, personal *Vectors) (*State, error) {
	clients := personal.Len()
	data, err := os.ReadFile(filepath.Join(dir, latest))
	if err != nil {
		return nil, fault.Missingf("fed: read checkpoint: %w", err)
	}
	var c checkpoint
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fault.Corruptf("fed: %s is not a checkpoint: %w", filepath.Join(dir, latest), err)
	}
	switch {
	case c.Format != 1:
		return nil, fault.Corruptf("fed: checkpoint %s has format %d; this program reads format 1", dir, c.Format)
	case c.Size != size:
		return nil, fault.Corruptf("fed: checkpoint %s holds %d parameters, this module and feature dimension need %d; evaluate on a cache of the dimension it was trained on", dir, c.Size, size)
	case c.Clients != clients:
		return nil, fault.Corruptf("fed: checkpoint %s is of %d clients, the partition has %d", dir, c.Clients, clients)
	case len(c.Present) > clients:
		return nil, fault.Corruptf("fed: checkpoint %s names %d clients with parameters of %d", dir, len(c.Present), clients)
	}
	files := make([]string, 0, len(c.Checksum))
	for file := range c.Checksum {
		files = append(files, file)
	}
	sort.Strings(files)
	for _, file := range files {
		if err := verify(dir, file, c.Checksum[file]); err != nil {
			return nil, err
		}
	}
	load := func(name string, want int) ([]float32, error) {
		return readVector(filepath.Join(dir, fmt.Sprintf("round-%06d.%s.npy", c.Round, name)), want)
	}
	s := &State{Round: c.Round, Personal: personal, Server: map[string][]float32{}}
	if s.Global, err = load("global", size); err != nil {
		return nil, err
	}
	if err := loadPersonal(filepath.Join(dir, fmt.Sprintf("round-%06d.personal.npy", c.Round)), c.Present, size, personal); err != nil {
		return nil, err
	}
	for name, n := range c.Server {
		if s.Server[name], err = load("server-"+name, n); err != nil {
			return nil, err
		}
	}
	return s, nil
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
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("fed: read checkpoint: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fault.Mismatchf("fed: checkpoint file %s has SHA-256 %.12s…, recorded is %.12s…; train again or restore the file", filepath.Join(dir, file), got, want)
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
	v, err := a.Float32s()
	if err != nil {
		return nil, fmt.Errorf("fed: read checkpoint: %w", err)
	}
	if len(v) != want {
		return nil, fault.Corruptf("fed: %s holds %d values, expected %d", path, len(v), want)
	}
	if !f32.Finite(v) {
		return nil, fault.Corruptf("fed: %s holds values that are not finite", path)
	}
	return v, nil
}

// loadPersonal reads the vectors of the clients present into v.
func loadPersonal(path string, present []int, size int, v *Vectors) error {
	a, err := npy.Open(path)
	if err != nil {
		return fmt.Errorf("fed: read checkpoint: %w", err)
	}
	defer a.Close()
	if !a.Floats() || a.Len() != size*len(present) {
		return fault.Corruptf("fed: %s holds %d values of type %s, expected %d floating-point ones", path, a.Len(), a.DType, size*len(present))
	}
	phi := make([]float32, size)
	for i, k := range present {
		if k < 0 || k >= v.Len() {
			return fault.Corruptf("fed: checkpoint %s names client %d of %d", filepath.Dir(path), k, v.Len())
		}
		a.Float32At(phi, i*size)
		if !f32.Finite(phi) {
			return fault.Corruptf("fed: %s holds values that are not finite", path)
		}
		if err := v.Put(k, phi); err != nil {
			return err
		}
	}
	v.Commit()
	return nil
}
