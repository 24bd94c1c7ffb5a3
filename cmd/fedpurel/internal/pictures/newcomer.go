package pictures

import (
	"cmp"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/train/fault"
)

// FeaturizeFor embeds pictures as those of a run were, by its card and with its encoder, which is compared before any
// picture is read. Interrupted work goes on.
func FeaturizeFor(c *cli.Context, card *lab.Card, data, out string) error {
	if card.Encoder == nil {
		return fault.Usagef("personalize: the run's features were imported, without a record of their encoder: " +
			"give --cache, imported alike, in place of --data")
	}
	if err := Ready(c); err != nil {
		return err
	}
	o := flags.ModelOptions(c)
	o.PreProjection = o.PreProjection || card.Width > 0
	m, err := recordedAlike(c, card.Encoder, &o)
	if err == nil {
		err = Same(c.Context, m, card.Encoder)
	}
	if err != nil {
		return err
	}
	f := featurization{
		data: data, out: out, model: cmp.Or(c.String("model"), card.Encoder.Name), options: o,
		templates: card.Templates,
		dtype:     "f32", batch: 16, onError: c.String("on-error"), set: flags.DatasetOptions(c), resume: true,
		quiet: c.Bool("quiet"),
	}
	if t := card.Encoder.Tokenizer; t != nil {
		f.mode = bpe.Mode(t.Mode)
	}
	_, err = f.run(c)
	if errors.Is(err, cache.ErrComplete) {
		return nil
	}
	return err
}

// recordedAlike is Recorded, with pictures prepared as they were for the run, unless flags say how. Where the model's
// own files do not say it so, as after --preprocess, the record does.
func recordedAlike(c *cli.Context, of *cache.ModelInfo, o *models.Options) (*models.Model, error) {
	if slices.ContainsFunc([]string{"preprocess", "image-size", "crop-rule", "auto-orient"}, c.IsSet) {
		return Recorded(c, of, o)
	}
	prepare, err := Preparation(c, of)
	if err != nil {
		return nil, err
	}
	o.CropRule, o.Orient = prepare.CropRule, prepare.Orient
	if m, err := Recorded(c, of, o); err == nil && m.Preprocess == *prepare {
		return m, nil
	}
	o.Prepare = prepare
	return Recorded(c, of, o)
}
