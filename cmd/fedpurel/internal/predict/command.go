// Package predict has the command `predict`: images in, classes out.
package predict

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Command is the command `predict`.
func Command() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "predict",
		Usage:     "name the classes of new images with a run's model: RUN and images → classes and probabilities",
		ArgsUsage: "RUN IMAGES…",
		Description: "IMAGES are files, and folders with images in and below them; - is one image on standard input. " +
			"--files-from\nreads a list of them, --data any data set that featurize reads, and then the accuracy is " +
			"counted, too.\nThe run's global model predicts, or --client's own. Images are prepared as they were for " +
			"the run's cache,\nand embedded with the same encoder, which is compared by its hashes. " +
			"An image that cannot be read is told on\nstandard error, the others are predicted, and the command ends " +
			"with 1, unless --on-error skip.\n\n" +
			"Example: fedpurel predict runs/first photos/fox.jpg\n\n" +
			"Example: fedpurel predict runs/first --client Rome --top 1 --format csv --out rome.csv photos\n\n" +
			"Example: find . -name '*.png' | fedpurel predict runs/first --files-from - --format jsonl\n\n" +
			"Example: fedpurel predict runs/first --data photos --split test",
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "client", Usage: "`NAME` of the client whose own model predicts, or its number from 1",
				DefaultText: "the global model",
			},
			&cli.StringFlag{
				Name: "files-from", Usage: "`FILE` with a path of an image on each line; - is standard input",
			},
			&cli.StringFlag{Name: "data", Usage: "a data set's `FOLDER` or file, instead of images"},
			&cli.StringFlag{Name: "split", Usage: "which images of --data: train, test or all", Value: "all"},
			&cli.StringFlag{
				Name: "features", Usage: "`X.npy` with a row of the encoder for each image, instead of images",
			},
			&cli.IntFlag{Name: "top", Usage: "`K`, the most probable classes that are named", Value: 3},
			&cli.StringFlag{
				Name: "format", Category: "Output", Value: "table",
				Usage: "table, jsonl (a JSON record on each line) or csv",
			},
			&cli.StringFlag{Name: "out", Usage: "`FILE` to write, whole or not at all", DefaultText: "standard output"},
			&cli.StringFlag{
				Name: "on-error", Category: "In and out", Value: "fail",
				Usage: "what to do about images that cannot be read: fail, at the end, or skip",
			},
			&cli.StringFlag{
				Name: "model", Usage: "the encoder's `FOLDER`", DefaultText: "by its name: tiny, or a folder here",
			},
			&cli.IntFlag{Name: "batch", Usage: "images in one call of the encoder", Value: 16},
			&cli.IntFlag{Name: "workers", Usage: "goroutines that decode images (0: one a core)"},
			&cli.IntFlag{Name: "threads", Usage: "goroutines that run the encoder (0: one a core)"},
			flags.Provider(), flags.Library(), flags.Quiet(), flags.JSON(),
		}, dataFlags()...),
		Action: action,
	})
}

// task is what one command line asks for.
type task struct {
	c      *cli.Context
	run    *lab.Model
	skip   bool
	format string
	top    int
	pace   featurize.Pace
	total  int // images, −1 where nobody knows
}

func action(c *cli.Context) error {
	t, err := taskOf(c)
	if err != nil {
		return err
	}
	run, err := flags.Plugins.Open(c.Args().First())
	if err != nil {
		return err
	}
	if t.run, err = run.Model(c.String("client")); err != nil {
		return err
	}
	if classes := len(t.run.Card.Classes); t.top > classes {
		if c.IsSet("top") {
			return fault.Usagef("--top %d: the model has %d classes", t.top, classes)
		}
		t.top = classes
	}
	work, done, err := t.open()
	if err != nil {
		return err
	}
	defer done()
	var r *report
	write := func(to io.Writer) error {
		r = newReport(t, to)
		if err := work(c.Context, r); err != nil {
			return err
		}
		return r.end()
	}
	if out := c.String("out"); out != "" {
		err = durable.WriteFile(out, write)
	} else {
		err = write(c.App.Writer)
	}
	if err != nil {
		return err
	}
	return r.verdict()
}

// taskOf reads the flags and refuses what does not go together.
func taskOf(c *cli.Context) (*task, error) {
	t := &task{c: c, skip: c.String("on-error") == "skip", format: c.String("format"), top: c.Int("top"), total: -1}
	if c.NArg() < 1 {
		return nil, fault.Usagef("expected a run folder and images; see `%s --help`", c.Command.HelpName)
	}
	var from []string
	if c.NArg() > 1 {
		from = append(from, "IMAGES")
	}
	for _, name := range []string{"files-from", "data", "features"} {
		if c.String(name) != "" {
			from = append(from, "--"+name)
		}
	}
	switch {
	case len(from) == 0:
		return nil, fault.Usagef("no image is given: name images or folders, or use --files-from, --data or --features")
	case len(from) > 1:
		return nil, fault.Usagef("%s and %s exclude each other", from[0], from[1])
	case !t.skip && c.String("on-error") != "fail":
		return nil, fault.Unknown("--on-error: unknown remedy", c.String("on-error"), []string{"fail", "skip"})
	case t.format != "table" && t.format != "jsonl" && t.format != "csv":
		return nil, fault.Unknown("--format: unknown format", t.format, []string{"table", "jsonl", "csv"})
	case c.Bool("json") && c.IsSet("format"):
		return nil, fault.Usagef("--json and --format exclude each other: --json is one document of all")
	case t.top < 1:
		return nil, fault.Usagef("--top %d: at least one class is named", t.top)
	}
	if err := unread(c); err != nil {
		return nil, err
	}
	if c.Bool("json") {
		t.format = "json"
	}
	t.pace.Batch = c.Int("batch")
	t.pace.Workers, t.pace.Threads = flags.Cores(c.Int("workers"), c.Int("threads"))
	return t, nil
}

// unread refuses options of another kind of input than is given.
func unread(c *cli.Context) error {
	if c.String("data") == "" {
		of := append(shell.Names(dataFlags()), "split")
		if err := shell.Unread(c, "is of --data, which is missing", of...); err != nil {
			return err
		}
	}
	if c.String("features") == "" {
		return nil
	}
	return shell.Unread(c, "is for images, and --features has their rows already",
		"model", "provider", "ort-lib", "batch", "workers", "threads", "on-error")
}

// work predicts and reports.
type work func(ctx context.Context, to *report) error

// open opens what is predicted, and what it needs.
func (t *task) open() (w work, done func(), err error) {
	done = func() {}
	if file := t.c.String("features"); file != "" {
		return t.rows(file)
	}
	var images iter.Seq[image]
	if root := t.c.String("data"); root != "" {
		images, done, err = t.dataset(root)
	} else {
		images, err = t.listed()
	}
	if err != nil {
		return nil, done, err
	}
	m, err := t.encoder()
	if err != nil {
		done()
		return nil, nil, err
	}
	return t.embedding(images, m), done, nil
}

// embedding predicts images.
func (t *task) embedding(images iter.Seq[image], m *models.Model) work {
	return func(ctx context.Context, to *report) error {
		encoder, view, err := t.tower(m)
		if err != nil {
			return err
		}
		defer encoder.Close() // all that it gave is used
		if w := encoder.Traits().Width; w != t.run.Columns() {
			return fault.Mismatchf("predict: %s gives rows of %d numbers, the run was trained on %d", m.Folder, w,
				t.run.Columns())
		}
		err = featurize.Embed(ctx, images, view, encoder, t.pace, func(e featurize.Embedded[image]) error {
			return to.stretch(e)
		})
		if err == nil && to.images == 0 {
			err = fault.Missingf("predict: there is no image in what was named")
		}
		if err != nil {
			return fmt.Errorf("predict: %w", err)
		}
		return nil
	}
}
