package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/train/fault"
)

// modelFlags are the options of a command that runs a model.
func modelFlags() []cli.Flag { return append(descriptionFlags(), providerFlag(), libraryFlag()) }

// descriptionFlags are what a user can say about a model against its own files.
func descriptionFlags() []cli.Flag {
	presets, _ := models.Presets()
	return []cli.Flag{
		&cli.StringFlag{
			Name: "variant",
			Usage: "how the weights are stored: fp16, quantized, …, as the files' names say " +
				"(default: the plain file, or the only one)",
		},
		&cli.StringFlag{
			Name:  "preprocess",
			Usage: "prepare pictures in this way, not as the model's files say: " + strings.Join(presets, ", "),
		},
		&cli.IntFlag{
			Name:  "image-size",
			Usage: "edge of the pictures in `PIXELS`, for --preprocess with a model that takes any",
		},
		&cli.StringFlag{
			Name: "crop-rule",
			Usage: "where an odd margin is cut: hf or torchvision " +
				"(default: as the pipeline that the layout comes from)",
		},
		&cli.BoolFlag{
			Name: "auto-orient",
			Usage: "turn pictures as their Exif or XMP orientation says; CLIP's own pipelines do so with TIFF " +
				"and Hugging Face's tables only, and so does this program without the flag",
		},
		&cli.Float64Flag{Name: "logit-scale", Usage: "scale of the cosines, if not the model's own (0)"},
		&cli.BoolFlag{
			Name:  "pre-projection",
			Usage: "image features before the visual projection, for --module projection",
		},
	}
}

func providerFlag() cli.Flag {
	return &cli.StringFlag{
		Name:  "provider",
		Usage: "what computes: " + onnx.Providers + ", where ONNX Runtime's library has it",
		Value: "cpu",
	}
}

func libraryFlag() cli.Flag {
	return &cli.StringFlag{Name: "ort-lib", Usage: "ONNX Runtime's shared library `FILE`, if it is not found by itself"}
}

// modelOptions reads those flags.
func modelOptions(c *cli.Context) models.Options {
	return models.Options{
		Variant:       c.String("variant"),
		Preprocess:    c.String("preprocess"),
		ImageSize:     c.Int("image-size"),
		CropRule:      c.String("crop-rule"),
		Orient:        c.Bool("auto-orient"),
		LogitScale:    c.Float64("logit-scale"),
		PreProjection: c.Bool("pre-projection"),
	}
}

// openModel reads the description of the embedded model or of a folder.
func openModel(name string, o models.Options) (*models.Model, error) {
	folder := models.OnDisk(name)
	if name == "tiny" {
		folder = tiny.Folder()
	}
	return models.Open(folder, o)
}

// openEncoder loads a model's towers; the second result is what the record calls the provider.
func openEncoder(c *cli.Context, m *models.Model) (models.Encoder, string, error) {
	provider := c.String("provider")
	e, err := onnx.Open(m, onnx.Options{Library: c.String("ort-lib"), Threads: 1, Provider: provider})
	if provider == "cpu" {
		provider = ""
	}
	return e, provider, err
}

// warn prints what a user should know about a model.
func warn(w io.Writer, m *models.Model) {
	for _, text := range m.Warnings() {
		fmt.Fprintln(w, "fedpurel: warning: "+text)
	}
}

// noText tells whether class embeddings are given, so that the text tower is not needed.
func noText(c *cli.Context) (bool, error) {
	given := c.String("text-features") != ""
	switch {
	case given && (c.IsSet("template") || c.IsSet("templates")):
		return given, fault.Usagef("--text-features and --template(s) exclude each other: " +
			"the one brings class embeddings, the others make them")
	case !given && c.String("classes") != "":
		return given, fault.Usagef("--classes names the rows of --text-features, which is missing")
	}
	return given, nil
}
