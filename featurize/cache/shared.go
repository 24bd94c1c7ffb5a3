package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Identity is what the caches of a federation's sites share: classes and their embeddings, scale, projection, and the
// record of the encoder. It is a cache without splits, which says nothing of images but how sharply they bend losses.
type Identity struct {
	*Cache
	Curvatures []Curvature // by modules, as long as the folder has them
}

// Curvature is how sharply the loss of a module with these options bends on the features of the cache that the identity
// was made of: learning rates that nobody chose are bounded by it.
type Curvature struct {
	Module  string          `json:"module"`
	Options json.RawMessage `json:"options"`
	Value   float64         `json:"curvature"`
}

// curvatureList is the content of curvature.json.
type curvatureList struct {
	Format     int         `json:"format"`
	Curvatures []Curvature `json:"curvatures"`
}

const curvatureFile = "curvature.json"

// Share writes the cache's identity into dir, which is new. No curvatures are left out of it. The same cache and
// curvatures give the same bytes.
func (c *Cache) Share(dir string, curvatures []Curvature) (_ *Manifest, err error) {
	from := c.Manifest
	m := &Manifest{
		Format: FormatVersion, Origin: "identity", Classes: from.Classes, Templates: from.Templates,
		TextSource: from.TextSource, LogitScale: from.LogitScale, Dim: from.Dim, DType: from.DType, Width: from.Width,
		Views: from.Views, ViewSeed: from.ViewSeed, Splits: []SplitInfo{},
	}
	if from.Model != nil {
		model := *from.Model
		model.Provider = "" // of the machine
		m.Model = &model
	}
	if _, err := os.Stat(filepath.Join(dir, ManifestFile)); err == nil {
		return nil, fault.Usagef("cache: %s already holds a finished cache; choose another --out", dir)
	}
	release, err := claim(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() {
		if err != nil { // leave no half identity behind
			wipe(dir)
		}
	}()
	if err := m.copyHead(dir, c); err != nil {
		return nil, err
	}
	if len(curvatures) > 0 {
		data, err := json.MarshalIndent(curvatureList{FormatVersion, curvatures}, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		file, err := store(dir, curvatureFile, func(w io.Writer) error {
			_, err := w.Write(append(data, '\n'))
			return err
		})
		if err != nil {
			return nil, err
		}
		m.Curvature = &file
	}
	if err := m.put(dir); err != nil {
		return nil, err
	}
	return m, nil
}

// OpenIdentity opens the identity in dir. All of it is compared with its recorded hashes.
func OpenIdentity(dir string) (*Identity, error) {
	if _, err := os.Stat(filepath.Join(dir, ManifestFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Missingf("cache: %s holds no identity; make one with `fedpurel cache identity`", dir)
	}
	c, err := Map(dir)
	if err != nil {
		return nil, err
	}
	if !c.IsIdentity() {
		return nil, errors.Join(fault.Usagef("cache: %s is a cache with images, no identity; "+
			"make one of it with `fedpurel cache identity --cache %s`", dir, dir), c.Close())
	}
	id := &Identity{Cache: c}
	if file := c.Manifest.Curvature; file != nil {
		id.Curvatures, err = readCurvatures(dir, *file)
	}
	return id, err
}

// IsIdentity tells whether the folder is an identity, without images.
func (c *Cache) IsIdentity() bool { return len(c.splits) == 0 }

func readCurvatures(dir string, file File) ([]Curvature, error) {
	path := filepath.Join(dir, file.Name)
	if err := verifyFile(context.Background(), dir, file); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("cache: %w", err)
	}
	var list curvatureList
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fault.Corruptf("cache: %s holds no curvatures: %w; make the identity again", path, err)
	}
	for _, c := range list.Curvatures {
		if !(c.Value > 0) {
			return nil, fault.Corruptf("cache: %s: the curvature of %s is %g; make the identity again",
				path, c.Module, c.Value)
		}
	}
	return list.Curvatures, nil
}
