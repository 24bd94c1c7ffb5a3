package pictures

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/train/fault"
)

// OpenEncoder loads a model's towers, with a tap, if o has one; the second result is what the record calls the
// provider.
func OpenEncoder(c *cli.Context, m *models.Model, o onnx.Options) (models.Encoder, string, error) {
	provider := c.String("provider")
	o.Library, o.Threads, o.Provider = c.String("ort-lib"), 1, provider
	e, err := onnx.Open(m, o)
	if provider == "cpu" {
		provider = ""
	}
	return e, provider, err
}

// Warn prints what a user should know about a model.
func Warn(w io.Writer, m *models.Model) {
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
