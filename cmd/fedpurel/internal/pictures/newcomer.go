package pictures

import (
	"cmp"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
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
	m, err := Recorded(c, card.Encoder, &o)
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
