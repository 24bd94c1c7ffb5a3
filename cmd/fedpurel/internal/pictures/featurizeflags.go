package pictures

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/models/prompts"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// dtypes are the storage types of image features by their names on the command line.
var dtypes = map[string]npy.DType{"f32": "<f4", "f16": "<f2"}

func featurizeFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "the data set's `FOLDER` or file", Required: true},
		&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the cache", Required: true},
		&cli.StringFlag{
			Name:        "model",
			Usage:       "a CLIP model's `FOLDER`, or tiny, the built-in one, which knows only the sample's species",
			DefaultText: "tiny for the sample; for other pictures it must be given",
		},
		&cli.StringSliceFlag{
			Name:        "template",
			Usage:       "prompt, {} stands for the class name; repeat it for an ensemble",
			DefaultText: "the set's customary one, else " + prompts.Default,
		},
		&cli.StringFlag{
			Name: "templates",
			Usage: "`NAME` of a published set of prompts (" + strings.Join(prompts.Sets(), ", ") +
				"), or a file with one a line",
		},
		&cli.StringFlag{Name: "tokenizer", Usage: "how prompts are cleaned: openai or hf", DefaultText: "openai"},
		&cli.StringFlag{
			Name:  "text-features",
			Usage: "class embeddings `F.npy` made elsewhere, rows in class order, in place of the text tower",
		},
		&cli.StringFlag{
			Name: "classes",
			Usage: "`FILE` that names the rows of --text-features, one a line or a JSON list " +
				"(default: the data set's classes)",
		},
		&cli.StringFlag{
			Name: "like",
			Usage: "make a cache that fits the identity in this `FOLDER` (`fedpurel cache identity`): its classes in " +
				"their order, embeddings, scale and views; another encoder is refused",
		},
		&cli.StringFlag{Name: "dtype", Usage: "storage of the image features: f32 or f16", Value: "f32"},
		&cli.IntFlag{Name: "batch", Usage: "images in one call of the model", Value: 16},
		&cli.IntFlag{Name: "workers", Usage: "goroutines that decode images (0: one a core)"},
		&cli.IntFlag{Name: "threads", Usage: "goroutines that run the model (0: one a core)"},
		&cli.StringFlag{
			Name:  "on-error",
			Usage: "what to do about an image that cannot be read: fail or skip",
			Value: "fail",
		},
		&cli.IntFlag{
			Name: "views",
			Usage: "also embed `K` random crops of every training image, half of them mirrored, " +
				"for `train --views`",
		},
		&cli.Uint64Flag{Name: "view-seed", Usage: "seed of the crops", Value: 1},
		&cli.IntFlag{
			Name: "tokens",
			Usage: "also keep what the last `N` blocks of the image tower need of every image, for " +
				"`train --module lora-vision`: hundreds of KB each in large models; the size is said first",
		},
		&cli.IntFlag{
			Name: "thumbnails",
			Usage: "keep small pictures of the first `N` test images of each class, some 3 KB each, for `report`; " +
				"with --resume also in a finished cache",
		},
		&cli.StringFlag{Name: "shard", Usage: "do the `I/N`-th share of the work only"},
		&cli.BoolFlag{Name: "resume", Usage: "continue interrupted work"},
		flags.Quiet(), flags.JSON(),
	}, append(flags.Dataset(), flags.Model()...)...)
}

// featurization is the command's options.
type featurization struct {
	data, out, like         string
	model, dtype, onError   string
	templates               []string
	named                   string // a set of templates, or a file
	mode                    bpe.Mode
	features, names         string // of class embeddings made elsewhere
	options                 models.Options
	batch, workers, threads int
	set                     dataset.Options
	views                   int
	viewSeed                uint64
	thumbnails, tokens      int
	shard                   string // I/N, or empty
	resume, quiet           bool
	own                     bool // the data set is the program's own: there is nothing to note
}

// featurizationOf reads the flags.
func featurizationOf(c *cli.Context) featurization {
	return featurization{
		data:       c.String("data"),
		out:        c.String("out"),
		like:       c.String("like"),
		model:      c.String("model"),
		templates:  c.StringSlice("template"),
		named:      c.String("templates"),
		mode:       bpe.Mode(c.String("tokenizer")),
		features:   c.String("text-features"),
		names:      c.String("classes"),
		options:    flags.ModelOptions(c),
		dtype:      c.String("dtype"),
		batch:      c.Int("batch"),
		workers:    c.Int("workers"),
		threads:    c.Int("threads"),
		onError:    c.String("on-error"),
		set:        flags.DatasetOptions(c),
		views:      c.Int("views"),
		viewSeed:   c.Uint64("view-seed"),
		thumbnails: c.Int("thumbnails"),
		tokens:     c.Int("tokens"),
		shard:      c.String("shard"),
		resume:     c.Bool("resume"),
		quiet:      c.Bool("quiet"),
	}
}

// templates are the prompts: as they were typed, those of a published set or a file, the data set's customary ones,
// or the default.
func templates(typed []string, named, customary string) ([]string, error) {
	switch {
	case len(typed) > 0 && named != "":
		return nil, fault.Usagef("--template and --templates exclude each other")
	case len(typed) > 0:
		return typed, nil
	case slices.Contains(prompts.Sets(), named):
		return prompts.Set(named)
	case named != "":
		data, err := os.ReadFile(named)
		if errors.Is(err, fs.ErrNotExist) {
			_, err := prompts.Set(named) // lists the known ones
			return nil, err
		} else if err != nil {
			return nil, fault.Missingf("--templates: %w", err)
		}
		return prompts.Parse(string(data))
	case customary != "":
		return prompts.Set(customary)
	}
	return []string{prompts.Default}, nil
}
