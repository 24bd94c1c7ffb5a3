package pictures

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/hub"
	"github.com/fedpurel/fedpurel/models/onnx"
)

// Models is the command `models`.
func Models() *cli.Command {
	return &cli.Command{
		Name:            "models",
		Usage:           "list, fetch, describe and check CLIP models",
		HideHelpCommand: true,
		OnUsageError:    shell.UsageError,
		Action:          shell.Group,
		Subcommands: []*cli.Command{
			modelsListCommand(), modelsShowCommand(), modelsVerifyCommand(), modelsPullCommand(),
		},
	}
}

func modelsListCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "list",
		Usage: "the models that pull knows by a short name",
		Description: "With --wide, \"pinned\" models have a commit and SHA-256 sums in the catalogue; " +
			"of others, the sums are recorded when they are fetched.\n" +
			"Any repository in one of the layouts that README lists can be pulled as owner/name.\n\n" +
			"Example: fedpurel models list",
		Flags: []cli.Flag{flags.Wide(), flags.JSON()},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, hub.Catalogue())
			}
			return printCatalogue(c.App.Writer, c.Bool("wide"))
		},
	})
}

// printCatalogue lists the known models: what tells them apart, which fits 80 columns, or all.
func printCatalogue(to io.Writer, wide bool) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	line := func(name, repository, family, dim, pixels, sums, note string) {
		if wide {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, repository, family, dim, pixels, sums, note)
		} else {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, dim, pixels, note)
		}
	}
	line("NAME", "REPOSITORY", "FAMILY", "D", "PIXELS", "SUMS", "ABOUT")
	for _, e := range hub.Catalogue() {
		sums := "at first fetch"
		if e.Revision != "" {
			sums = "pinned"
		}
		line(e.Name, e.Repository, e.Family, fmt.Sprint(e.Dim), fmt.Sprint(e.Pixels), sums, e.Note)
	}
	return w.Flush()
}

func modelsShowCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "show",
		Usage:     "say what a model folder holds and how featurize would use it",
		ArgsUsage: "DIR|tiny",
		Description: "Reads configs and graphs, not weights: layout, inputs and outputs, preprocessing, tokenizer, " +
			"logit scale.\n\n" +
			"Example: fedpurel models show clip-vit-b32",
		Flags: append([]cli.Flag{imageOnlyFlag(), flags.JSON()}, flags.Description()...),
		Action: func(c *cli.Context) error {
			m, err := modelArgument(c)
			if err != nil {
				return err
			}
			Warn(c.App.ErrWriter, m)
			if c.Bool("json") {
				return shell.PrintJSON(c, newCard(m))
			}
			return newCard(m).print(c.App.Writer)
		},
	})
}

func modelsVerifyCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "verify",
		Usage:     "check a model folder: hashes, graphs, and one run of both towers",
		ArgsUsage: "DIR|tiny",
		Description: "Files that `models pull` fetched are compared with the record of their SHA-256 sums. " +
			"Then the towers are run on\n" +
			"made-up input: widths must agree, values must be finite.\n\nExample: fedpurel models verify clip-vit-b32",
		Flags: append([]cli.Flag{
			imageOnlyFlag(), flags.Quiet(), flags.JSON(), flags.Provider(), flags.Library(),
		}, flags.Description()...),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1, "one model folder"); err != nil {
				return err
			}
			if err := Ready(c); err != nil {
				return err
			}
			recorded := 0
			if dir := c.Args().First(); dir != "tiny" { // damage is told apart from what was never right
				b := shell.NewByteBar("hashing", c.Bool("quiet"))
				lock, err := hub.Verify(c.Context, dir, b.Bytes)
				b.Finish()
				if err == nil {
					recorded = len(lock.Files)
				} else if !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			m, err := modelArgument(c)
			if err != nil {
				return err
			}
			Warn(c.App.ErrWriter, m)
			sums, err := m.Hash(c.Context)
			if err != nil {
				return err
			}
			e, _, err := OpenEncoder(c, m, onnx.Options{})
			if err != nil {
				return err
			}
			t := e.Traits()
			if err := e.Close(); err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{
					"model":    newCard(m),
					"sha256":   sums,
					"recorded": recorded,
					"traits":   t,
				})
			}
			length := "any length"
			if t.Normalised {
				length = "length 1"
			}
			fmt.Fprintf(c.App.Writer, "%s: the towers run; embeddings of dimension %d, of %s\n",
				m.Folder, t.Dim, length)
			if _, onDisk := m.Folder.Path("."); recorded > 0 {
				fmt.Fprintf(c.App.Writer, "  %d files have their recorded SHA-256\n", recorded)
			} else if onDisk {
				fmt.Fprintf(c.App.Writer, "  there is no record of hashes to compare with; "+
					"`fedpurel models pull` makes one\n")
			}
			return nil
		},
	})
}

func modelsPullCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "pull",
		Usage:     "fetch a model from Hugging Face's hub or a mirror of it",
		ArgsUsage: "NAME|OWNER/REPOSITORY",
		Description: "Fetches the files that featurize needs, goes on where an earlier attempt broke off, " +
			"and checks SHA-256 sums.\n" +
			"HF_ENDPOINT names a mirror, HF_TOKEN holds an access token, HTTPS_PROXY a proxy.\n\n" +
			"Example: fedpurel models pull clip-vit-b32 --out models/clip-vit-b32",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the model (default: named as the model)"},
			&cli.StringFlag{
				Name:  "variant",
				Usage: "how the weights are stored: fp16, quantized, … (default: the plain files)",
			},
			&cli.StringFlag{
				Name:  "revision",
				Usage: "branch, tag or commit (default: what the folder holds, else the catalogue's, else main)",
			},
			imageOnlyFlag(),
			&cli.StringFlag{
				Name:    "endpoint",
				Usage:   "`URL` of the hub or a mirror",
				Value:   hub.Endpoint,
				EnvVars: []string{"HF_ENDPOINT"},
			},
			flags.Quiet(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1, "one model"); err != nil {
				return err
			}
			repository := hub.Repository(c.Args().First())
			out := c.String("out")
			if out == "" {
				out = path.Base(c.Args().First())
			}
			need := func(files fs.FS) ([]string, error) {
				folder := models.Folder{FS: files, Name: repository}
				return models.Needed(folder, models.Options{Variant: c.String("variant"), NoText: c.Bool("image-only")})
			}
			b := shell.NewByteBar("fetching", c.Bool("quiet"))
			lock, err := hub.Pull(c.Context, repository, out, need, hub.Options{
				Endpoint: c.String("endpoint"),
				Token:    os.Getenv("HF_TOKEN"),
				Revision: c.String("revision"),
				Observe:  b.Bytes,
			})
			b.Finish()
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{"out": out, "lock": lock})
			}
			var total int64
			for _, f := range lock.Files {
				total += f.Size
			}
			fmt.Fprintf(c.App.Writer, "%s: %s at %.12s, %d files, %.1f MB, SHA-256 recorded in %s\n",
				out, repository, lock.Revision, len(lock.Files), float64(total)/1e6, hub.LockFile)
			return nil
		},
	})
}

func imageOnlyFlag() cli.Flag {
	return &cli.BoolFlag{
		Name:  "image-only",
		Usage: "leave the text tower out; class embeddings then come by featurize --text-features",
	}
}

// modelArgument opens the one model that a command names.
func modelArgument(c *cli.Context) (*models.Model, error) {
	if err := shell.Arguments(c, 1, 1, "one model folder"); err != nil {
		return nil, err
	}
	o := flags.ModelOptions(c)
	o.NoText = c.Bool("image-only")
	return OpenModel(c.Args().First(), o)
}
