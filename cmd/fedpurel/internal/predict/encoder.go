package predict

import (
	"fmt"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
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
	prepare, err := pictures.Preparation(t.c, of)
	if err != nil {
		return nil, err
	}
	o := models.Options{NoText: true, PreProjection: t.run.Card.Width > 0, Prepare: prepare}
	m, err := pictures.Recorded(t.c, of, &o)
	if err != nil {
		return nil, err
	}
	if err := pictures.Same(t.c.Context, m, of); err != nil {
		return nil, fmt.Errorf("predict: %w", err)
	}
	pictures.Warn(t.c.App.ErrWriter, m)
	return m, nil
}

// tower loads the encoder.
func (t *task) tower(m *models.Model) (models.Encoder, *pixel.Recipe, error) {
	view, err := pixel.NewRecipe(m.Preprocess)
	if err != nil {
		return nil, nil, err
	}
	e, _, err := pictures.OpenEncoder(t.c, m, onnx.Options{})
	return e, view, err
}
