package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/bpe"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/prompts"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// dtypes are the storage types of image features by their names on the command line.
var dtypes = map[string]npy.DType{"f32": "<f4", "f16": "<f2"}

func featurizeCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "featurize",
		Usage: "embed raw images and class names with a CLIP model: images → cache",
		Description: "The data set is a folder train/<class>/<image> and test/<class>/<image>, or a published set as it is unpacked, a list, an archive, a table:\n" +
			"the format is found out, see README. A set without splits is divided per class. Interrupted work goes on with --resume.\n" +
			"Several machines share the work with --shard I/N, each into its own folder; `fedpurel cache merge` puts them together.\n" +
			"A model folder is in one of the layouts in which CLIP models are published (see README); what its files do not say,\n" +
			"--preprocess, --logit-scale and --variant do. Embeddings are stored as the model gives them.\n\n" +
			"Example: fedpurel featurize --data photos --model clip-vit-base-patch16 --out cache",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "data", Usage: "the data set's `FOLDER` or file", Required: true},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the cache", Required: true},
			&cli.StringFlag{Name: "model", Usage: "tiny (embedded) or a model's `FOLDER`", Value: "tiny"},
			&cli.StringSliceFlag{
				Name:        "template",
				Usage:       "prompt, {} stands for the class name; repeat it for an ensemble",
				DefaultText: "the set's customary one, else " + prompts.Default,
			},
			&cli.StringFlag{
				Name:  "templates",
				Usage: "`NAME` of a published set of prompts (" + strings.Join(prompts.Sets(), ", ") + "), or a file with one a line",
			},
			&cli.StringFlag{Name: "tokenizer", Usage: "how prompts are cleaned: openai or hf", DefaultText: "openai"},
			&cli.StringFlag{
				Name:  "text-features",
				Usage: "class embeddings `F.npy` made elsewhere, rows in class order, in place of the text tower",
			},
			&cli.StringFlag{
				Name:  "classes",
				Usage: "`FILE` that names the rows of --text-features, one a line or a JSON list (default: the data set's classes)",
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
				Name:  "views",
				Usage: "also embed `K` random crops of every training image, half of them mirrored, for `train --views`",
			},
			&cli.Uint64Flag{Name: "view-seed", Usage: "seed of the crops", Value: 1},
			&cli.StringFlag{Name: "shard", Usage: "do the `I/N`-th share of the work only"},
			&cli.BoolFlag{Name: "resume", Usage: "continue interrupted work"},
			quietFlag(), jsonFlag(),
		}, append(datasetFlags(), modelFlags()...)...),
		Action: func(c *cli.Context) error {
			if err := arguments(c, 0, 0, ""); err != nil {
				return err
			}
			f := featurization{
				data: c.String("data"), out: c.String("out"), model: c.String("model"), templates: c.StringSlice("template"), named: c.String("templates"), mode: bpe.Mode(c.String("tokenizer")),
				features: c.String("text-features"), names: c.String("classes"), options: modelOptions(c),
				dtype: c.String("dtype"), batch: c.Int("batch"), workers: c.Int("workers"), threads: c.Int("threads"),
				onError: c.String("on-error"), set: datasetOptions(c), views: c.Int("views"), viewSeed: c.Uint64("view-seed"), shard: c.String("shard"),
				resume: c.Bool("resume"), quiet: c.Bool("quiet"),
			}
			r, err := f.run(c)
			if errors.Is(err, cache.ErrComplete) {
				return complete(c, f.out)
			} else if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(c, map[string]any{
					"out":               f.out,
					"images":            r.Images,
					"resumed":           r.Resumed,
					"truncated_prompts": r.Truncated,
					"manifest":          r.Manifest,
				})
			}
			if r.Manifest == nil {
				fmt.Fprintf(c.App.Writer, "%s: shard %s, %d images; when all are there: "+
					"fedpurel cache merge --out CACHE SHARD…\n", f.out, f.shard, r.Images+r.Resumed)
				return nil
			}
			fmt.Fprintln(c.App.Writer, describe(r.Manifest, f.out))
			return nil
		},
	})
}

// complete says that a cache was there already.
func complete(c *cli.Context, out string) error {
	if c.Bool("json") {
		return printJSON(c, map[string]any{"out": out, "complete": true})
	}
	fmt.Fprintf(c.App.Writer, "%s is complete already\n", out)
	return nil
}

// featurization is the command's options.
type featurization struct {
	data, out, model, dtype, onError string
	templates                        []string
	named                            string // a set of templates, or a file
	mode                             bpe.Mode
	features, names                  string // of class embeddings made elsewhere
	options                          models.Options
	batch, workers, threads          int
	set                              dataset.Options
	views                            int
	viewSeed                         uint64
	shard                            string // I/N, or empty
	resume, quiet                    bool
	own                              bool // the data set is the program's own: there is nothing to note
}

// run opens data and model and fills the cache.
func (f featurization) run(c *cli.Context) (*featurize.Report, error) {
	dtype, ok := dtypes[f.dtype]
	if !ok {
		return nil, fault.Usagef("--dtype %q: known are f32 and f16", f.dtype)
	}
	if f.onError != "fail" && f.onError != "skip" {
		return nil, fault.Usagef("--on-error %q: known are fail and skip", f.onError)
	}
	if c.IsSet("view-seed") && f.views == 0 {
		return nil, fault.Usagef("--view-seed is the seed of --views, of which there are none")
	}
	if f.workers < 0 || f.threads < 0 {
		return nil, fault.Usagef("--workers %d and --threads %d must not be negative; 0 is one a core",
			f.workers, f.threads)
	}
	if f.workers == 0 {
		f.workers = runtime.GOMAXPROCS(0)
	}
	if f.threads == 0 {
		f.threads = runtime.GOMAXPROCS(0)
	}
	var given *featurize.Given
	var err error
	if f.options.NoText, err = noText(c); err != nil {
		return nil, err
	}
	if f.options.NoText {
		if given, err = featurize.OpenGiven(f.features, f.names); err != nil {
			return nil, err
		}
	}
	shard, err := parseShard(f.shard)
	if err != nil {
		return nil, err
	}
	set, err := openData(f.data, f.set, f.onError == "skip")
	if err != nil {
		return nil, err
	}
	defer set.Close() // read-only
	if given == nil {
		if f.templates, err = templates(f.templates, f.named, set.About().Templates); err != nil {
			return nil, err
		}
	}
	model, err := openModel(f.model, f.options)
	if err != nil {
		return nil, err
	}
	warn(c.App.ErrWriter, model)
	encoder, provider, err := openEncoder(c, model)
	if err != nil {
		return nil, err
	}
	b := newBar("featurizing", "images", f.quiet)
	defer b.finish()
	var begun sync.Once
	observe := func(done, total int) {
		begun.Do(func() { // not before the work does begin
			if !f.quiet && !f.own {
				notes(c.App.ErrWriter, set)
			}
		})
		b.update(done, total)
	}
	r, err := featurize.Run(c.Context, set, model, encoder, f.out, featurize.Options{
		Templates: f.templates, Mode: f.mode, Given: given, Provider: provider, DType: dtype, Batch: f.batch, Workers: f.workers, Threads: f.threads,
		Views: f.views, ViewSeed: f.viewSeed, Shard: shard, Skip: f.onError == "skip", Resume: f.resume, Versions: versions(), Observe: observe,
	})
	b.finish()
	if err != nil {
		return nil, errors.Join(err, encoder.Close())
	}
	for _, prompt := range r.Truncated {
		fmt.Fprintf(c.App.ErrWriter, "fedpurel: warning: the prompt %q is longer than the model's %d tokens and was "+
			"cut\n", prompt, model.Context)
	}
	return r, encoder.Close()
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

// versions is the record of what made a cache.
func versions() map[string]string {
	v := map[string]string{
		"fedpurel": version(),
		"go":       runtime.Version(),
		"platform": runtime.GOOS + "/" + runtime.GOARCH,
	}
	if ort := onnx.Version(); ort != "" {
		v["onnxruntime"] = ort
	}
	return v
}

// describe is a cache in a few lines.
func describe(m *cache.Manifest, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d classes, dimension %d, logit scale %.4g (%s)",
		dir, len(m.Classes), m.Dim, m.LogitScale.Value, m.LogitScale.Source)
	for _, s := range m.Splits {
		fmt.Fprintf(&b, "\n  %-5s %d images", s.Name, s.Rows)
		if s.Views != nil {
			fmt.Fprintf(&b, " and %d views of each", m.Views)
		}
		for i, skip := range s.Skipped {
			if i == 5 {
				fmt.Fprintf(&b, "\n        … and %d more, see %s", len(s.Skipped)-i, cache.ManifestFile)
				break
			}
			if i == 0 {
				fmt.Fprintf(&b, ", %d skipped:", len(s.Skipped))
			}
			fmt.Fprintf(&b, "\n        %s: %s", skip.File, skip.Reason)
		}
	}
	if m.Model != nil {
		text := "templates: " + strings.Join(m.Templates, " | ")
		if m.TextSource != nil {
			text = "texts from " + m.TextSource.Name
		}
		fmt.Fprintf(&b, "\n  model %s (%s), %s", m.Model.Name, m.Model.Layout, text)
	}
	fmt.Fprintf(&b, "\n  fingerprint %.16s…", m.Fingerprint)
	return b.String()
}
