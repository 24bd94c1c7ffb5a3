package pictures

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Recorded describes the encoder that made a run's features: found where --model says, or else by its name. Unless a
// variant is chosen, it is the one whose image tower is recorded, which o names then. Whether it is the same one, Same
// tells.
func Recorded(c *cli.Context, of *cache.ModelInfo, o *models.Options) (*models.Model, error) {
	name := cmp.Or(c.String("model"), of.Name)
	m, err := OpenModel(name, *o)
	if o.Variant == "" && (err != nil || of.Files[m.Vision.File] == "") {
		for _, variant := range variants(of) {
			chosen := *o
			chosen.Variant = variant
			if m, err := OpenModel(name, chosen); err == nil && of.Files[m.Vision.File] != "" {
				*o = chosen
				return m, nil
			}
		}
	}
	if fault.KindOf(err) == fault.Missing && c.String("model") == "" {
		return nil, fault.Missingf("%s: the run's encoder, %s, is not here; name its folder with --model",
			c.Command.Name, of.Name)
	}
	return m, err
}

// Preparation is how the pictures of a run were prepared.
func Preparation(c *cli.Context, of *cache.ModelInfo) (*models.Preprocess, error) {
	var p models.Preprocess
	if err := json.Unmarshal(of.Preprocess, &p); err != nil {
		return nil, fault.Corruptf("%s: the card's preprocessing: %w", c.Command.Name, err)
	}
	return &p, nil
}

// variants are those that the names of the recorded files speak of.
func variants(of *cache.ModelInfo) (all []string) {
	for _, file := range slices.Sorted(maps.Keys(of.Files)) {
		base, tower := strings.CutSuffix(path.Base(file), ".onnx")
		if i := strings.LastIndex(base, "_"); tower && i >= 0 {
			all = append(all, base[i+1:])
		}
	}
	return all
}

// Same compares all files that a model's embeddings depend on with those that were recorded, by their hashes.
func Same(ctx context.Context, m *models.Model, of *cache.ModelInfo) error {
	sums, err := m.Hash(ctx)
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(sums)) {
		if want := of.Files[file]; want != sums[file] {
			return fault.Mismatchf("the encoder %s is not %s, with which the run was trained: "+
				"the hash of its %s is %.12s…, recorded is %.12s; give the same encoder with --model",
				m.Folder, of.Name, file, sums[file], cmp.Or(want, "none"))
		}
	}
	return nil
}
