package inside

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/fault"
)

// find opens the model that a cache was made with, and compares the files that its embeddings depend on with those that
// the cache remembers.
func find(ctx context.Context, c *cache.Cache, given string) (*models.Model, error) {
	of := c.Manifest.Model
	folder, err := folderOf(c, given)
	if err != nil {
		return nil, err
	}
	m, err := open(folder, of)
	if err != nil {
		return nil, err
	}
	sums, err := m.Hash(ctx)
	if err != nil {
		return nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(sums)) {
		if want := of.Files[file]; want != sums[file] {
			return nil, fault.Mismatchf("the encoder %s is not %s, with which %s was made: the hash of its %s is "+
				"%.12s…, recorded is %.12s; name the same encoder with --model",
				m.Folder, of.Name, c.Dir, file, sums[file], cmp.Or(want, "none"))
		}
	}
	return m, nil
}

// folderOf is where the model lies: where it is said to, else where it lay when the cache was made, else it is the
// built-in one, if it has the cache's name.
func folderOf(c *cache.Cache, given string) (models.Folder, error) {
	builtIn := tiny.Folder()
	if given != "" {
		if given == builtIn.Name {
			return builtIn, nil
		}
		if _, err := os.Stat(given); err != nil {
			return models.Folder{}, fault.Missingf("--model %s: there is no such folder", given)
		}
		return models.OnDisk(given), nil
	}
	if o, known := cache.OriginOf(c.Dir); known && o.Model != "" {
		if _, err := os.Stat(o.Model); err == nil {
			return models.OnDisk(o.Model), nil
		}
	}
	if c.Manifest.Model.Name == builtIn.Name {
		return builtIn, nil
	}
	return models.Folder{}, fault.Missingf("the cache %s was made with the encoder %s, which is not known to be here; "+
		"name its folder with --model", c.Dir, c.Manifest.Model.Name)
}

// open reads the description of a model in the variant whose towers the cache remembers: plain, or as the names of the
// files say.
func open(folder models.Folder, of *cache.ModelInfo) (*models.Model, error) {
	variants := []string{""}
	for _, file := range slices.Sorted(maps.Keys(of.Files)) {
		base, tower := strings.CutSuffix(path.Base(file), ".onnx")
		if i := strings.LastIndex(base, "_"); tower && i >= 0 {
			variants = append(variants, base[i+1:])
		}
	}
	var first error
	for _, variant := range variants {
		m, err := models.Open(folder, models.Options{Variant: variant})
		if err == nil && (of.Files[m.Vision.File] != "" || len(variants) == 1) {
			return m, nil
		}
		if first == nil && err != nil {
			first = err
		}
	}
	if first == nil {
		first = fault.Mismatchf("the encoder %s has none of the files that the cache remembers of %s; "+
			"name the same encoder with --model", folder, of.Name)
	}
	return nil, first
}
