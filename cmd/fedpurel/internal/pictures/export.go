package pictures

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/export"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Export is the command `export`.
func Export() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "export",
		Usage:     "write a run's model as files that other programs load: ONNX, safetensors, NumPy",
		ArgsUsage: "RUN",
		Description: "model.onnx takes rows of the encoder (embeddings) and gives logits and probabilities; " +
			"with --with-encoder it takes\npixels, prepared as preprocess.json says. Classes, preprocessing " +
			"and hashes are in its metadata and in card.json,\nwhich also has the model's formula over the matrices " +
			"in model.safetensors and numpy/.\n\n" +
			"Example: fedpurel export runs/first --client 3 --with-encoder --model clip-vit-base-patch16 --out out",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name:     "out",
				Usage:    "`FOLDER` for the files: a new one, or an export, which is replaced",
				Required: true,
			},
			&cli.StringFlag{
				Name: "client",
				Usage: "the model of the client called `NAME` or, where clients have no names, its number from 1 " +
					"(default: the global model)",
			},
			&cli.StringFlag{
				Name: "formats", Usage: "comma-separated: " + strings.Join(export.Formats, ", "),
				Value: strings.Join(export.Formats, ","),
			},
			&cli.BoolFlag{
				Name:  "with-encoder",
				Usage: "put the image tower before the head in model.onnx: pixels → probabilities",
			},
			&cli.StringFlag{
				Name: "model", Usage: "the run's CLIP model, for --with-encoder: a `FOLDER`",
				DefaultText: "by its name: tiny, or a folder here",
			},
			&cli.StringFlag{Name: "variant", Usage: "how that model's weights are stored, as for featurize"},
			flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1, "one run folder"); err != nil {
				return err
			}
			run, err := flags.Plugins.Open(c.Args().First())
			if err != nil {
				return err
			}
			m, err := run.Model(c.String("client"))
			if err != nil {
				return err
			}
			o := export.Options{
				Formats: strings.FieldsFunc(c.String("formats"), func(r rune) bool { return r == ',' || r == ' ' }),
				Client:  c.String("client"), Run: run.Seal(),
			}
			if o.Encoder, err = encoderOf(c, m); err != nil {
				return err
			}
			card, err := export.Write(c.Context, c.String("out"), m, o)
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{"out": c.String("out"), "card": card})
			}
			return printExport(c, card)
		},
	})
}

// encoderOf describes the encoder of a model's rows, if it is asked for.
func encoderOf(c *cli.Context, m *lab.Model) (*models.Model, error) {
	switch {
	case !c.Bool("with-encoder"):
		if c.String("model") != "" || c.String("variant") != "" {
			return nil, fault.Usagef("--model and --variant are read with --with-encoder alone")
		}
		return nil, nil
	case m.Card.Encoder == nil:
		return nil, export.ErrUnknownEncoder
	}
	prepare, err := Preparation(c, m.Card.Encoder)
	if err != nil {
		return nil, err
	}
	o := models.Options{
		NoText: true, Variant: c.String("variant"), PreProjection: m.Card.Width > 0, Prepare: prepare,
	}
	encoder, err := Recorded(c, m.Card.Encoder, &o)
	if err == nil {
		Warn(c.App.ErrWriter, encoder)
	}
	return encoder, err
}

// printExport lists the files of an export.
func printExport(c *cli.Context, card *export.Card) error {
	out, whose := c.String("out"), "the global model"
	if card.Client != "" {
		whose = "the model of client " + card.Client
	}
	fmt.Fprintf(c.App.Writer, "%s: %s, %d classes", out, whose, len(card.Model.Classes))
	if card.Files[export.ONNXFile] != "" {
		fmt.Fprintf(c.App.Writer, "; %s takes %s", export.ONNXFile, card.Input)
	}
	fmt.Fprintln(c.App.Writer)
	w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	for _, name := range append(slices.Sorted(maps.Keys(card.Files)), export.CardFile) {
		info, err := os.Stat(filepath.Join(out, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		fmt.Fprintf(w, "  %s\t%d bytes\n", name, info.Size())
	}
	return w.Flush()
}
