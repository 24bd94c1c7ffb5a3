package pictures

import (
	"errors"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/train/fault"
)

// FeaturizeFor embeds pictures as those of a run were, by its card: with the model that --model names or, without it,
// with the one of the recorded name, if that is here. Interrupted work goes on.
func FeaturizeFor(c *cli.Context, card *lab.Card, data, out string) error {
	if card.Encoder == nil {
		return fault.Usagef("personalize: the run's features were imported, without a record of their encoder: " +
			"give --cache, imported alike, in place of --data")
	}
	f := featurization{
		data: data, out: out, model: c.String("model"), templates: card.Templates, options: flags.ModelOptions(c),
		dtype: "f32", batch: 16, onError: c.String("on-error"), set: flags.DatasetOptions(c), resume: true,
		quiet: c.Bool("quiet"),
	}
	if f.model == "" {
		f.model = card.Encoder.Name
		if _, err := os.Stat(f.model); err != nil && f.model != BuiltIn {
			return fault.Missingf("personalize: the run's encoder %s is not here: name its folder with --model",
				f.model)
		}
	}
	if t := card.Encoder.Tokenizer; t != nil {
		f.mode = bpe.Mode(t.Mode)
	}
	f.options.PreProjection = f.options.PreProjection || card.Width > 0
	_, err := f.run(c)
	if errors.Is(err, cache.ErrComplete) {
		return nil
	}
	return err
}
