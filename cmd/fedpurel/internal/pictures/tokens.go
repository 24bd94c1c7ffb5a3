package pictures

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/fault"
)

// openEncoder loads a model's towers; the image tower is tapped, if tokens are to be kept.
func (f featurization) openEncoder(c *cli.Context, m *models.Model) (
	models.Encoder, string, *featurize.Tokens, error,
) {
	if f.tokens == 0 {
		e, provider, err := OpenEncoder(c, m, onnx.Options{})
		return e, provider, nil, err
	}
	if f.tokens < 0 {
		return nil, "", nil, fault.Usagef("--tokens %d: give how many of the last blocks are meant, 1 or more",
			f.tokens)
	}
	w, err := weights.Vision(m, f.tokens)
	if err != nil {
		return nil, "", nil, err
	}
	e, provider, err := OpenEncoder(c, m, onnx.Options{Tap: w.Tap.Value, TokensFirst: w.Tap.TokensFirst})
	if err != nil {
		return nil, "", nil, err
	}
	tokens, err := featurize.NewTokens(e, encoder.NewVision(w.VisionWeights))
	if err != nil {
		return nil, "", nil, errors.Join(err, e.Close())
	}
	return e, provider, tokens, nil
}

// room says how much tokens will take, and refuses where the disk has less. What is resumed has some of it already.
func (f featurization) room(c *cli.Context) func(bytes int64) error {
	return func(bytes int64) error {
		place, free := f.out, int64(-1)
		for range 64 { // the folder may have to be made
			if free = shell.Free(place); free >= 0 {
				break
			}
			place = filepath.Dir(place)
		}
		what := fmt.Sprintf("the tokens of all images take %.2g GB in %s", float64(bytes)/1e9, f.out)
		if free >= 0 {
			what += fmt.Sprintf(", where %.3g GB are free", float64(free)/1e9)
		}
		if free >= 0 && bytes > free && !f.resume {
			return fault.Errorf(fault.Failure,
				"%s: make room, choose another --out, or lower --tokens or --views", what)
		}
		if !f.quiet {
			fmt.Fprintln(c.App.ErrWriter, "fedpurel: note: "+what)
		}
		return nil
	}
}
