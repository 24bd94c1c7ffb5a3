package predict

import (
	"cmp"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// encoder describes the encoder that made the run's features, with its way to prepare pictures: found by its name or
// where --model says, and compared by the hashes of its files.
func (t *task) encoder() (*models.Model, error) {
	of := t.run.Card.Encoder
	if of == nil {
		return nil, fault.Usagef("predict: the run was trained on imported features, of which no encoder is " +
			"recorded: images cannot be predicted; give their features with --features X.npy")
	}
	if err := pictures.Ready(t.c); err != nil {
		return nil, err
	}
	var prepare models.Preprocess
	if err := json.Unmarshal(of.Preprocess, &prepare); err != nil {
		return nil, fault.Corruptf("predict: the card's preprocessing: %w", err)
	}
	name := cmp.Or(t.c.String("model"), of.Name)
	m, err := opened(name, of, models.Options{NoText: true, PreProjection: t.run.Card.Width > 0, Prepare: &prepare})
	if err != nil {
		if t.c.String("model") == "" && fault.KindOf(err) == fault.Missing {
			return nil, fault.Missingf("predict: the run's encoder, %s, is not here; name its folder with --model",
				of.Name)
		}
		return nil, err
	}
	hashes, err := m.Hash(t.c.Context)
	if err != nil {
		return nil, err
	}
	for _, file := range slices.Sorted(maps.Keys(hashes)) {
		if want := of.Files[file]; want != hashes[file] {
			return nil, fault.Mismatchf("predict: the encoder %s is not %s, with which the run was trained: "+
				"the hash of its %s is %.12s…, recorded is %.12s; give the same encoder with --model",
				m.Folder, of.Name, file, hashes[file], cmp.Or(want, "none"))
		}
	}
	pictures.Warn(t.c.App.ErrWriter, m)
	return m, nil
}

// opened opens the variant of a model whose image tower is recorded, or else the plain one.
func opened(name string, of *cache.ModelInfo, o models.Options) (*models.Model, error) {
	plain, failed := pictures.OpenModel(name, o)
	if failed == nil && of.Files[plain.Vision.File] != "" {
		return plain, nil
	}
	for file := range of.Files {
		base, tower := strings.CutSuffix(path.Base(file), ".onnx")
		if i := strings.LastIndex(base, "_"); tower && i >= 0 {
			o.Variant = base[i+1:]
			if m, err := pictures.OpenModel(name, o); err == nil && of.Files[m.Vision.File] != "" {
				return m, nil
			}
		}
	}
	return plain, failed
}

// tower loads the encoder.
func (t *task) tower(m *models.Model) (models.Encoder, *pixel.Recipe, error) {
	view, err := pixel.NewRecipe(m.Preprocess)
	if err != nil {
		return nil, nil, err
	}
	e, _, err := pictures.OpenEncoder(t.c, m)
	return e, view, err
}
