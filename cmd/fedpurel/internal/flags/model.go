package flags

import (
	"cmp"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
)

// Model are the options of a command that runs a model.
func Model() []cli.Flag { return append(Description(), Provider(), Library()) }

// Description are what a user can say about a model against its own files.
func Description() []cli.Flag {
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

// Provider is --provider.
func Provider() cli.Flag {
	return &cli.StringFlag{
		Name:  "provider",
		Usage: "what computes: " + onnx.Providers + ", where ONNX Runtime's library has it",
		Value: "cpu",
	}
}

// Library is --ort-lib.
func Library() cli.Flag {
	return &cli.StringFlag{Name: "ort-lib", Usage: "ONNX Runtime's shared library `FILE`, if it is not found by itself"}
}

// ModelOptions reads those flags.
func ModelOptions(c *cli.Context) models.Options {
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

// Cores are the numbers of --workers and --threads of a command that embeds, where 0 stands for one a core. The shell
// has refused what is out of bounds.
func Cores(workers, threads int) (int, int) {
	cores := runtime.GOMAXPROCS(0)
	return cmp.Or(workers, cores), cmp.Or(threads, cores)
}
