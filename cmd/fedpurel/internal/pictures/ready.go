package pictures

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/models/onnx"
)

// Ready says whether models can be run, by the flags of a command that does. It asks before it begins: nothing is
// rendered, hashed or read for a run that cannot be.
func Ready(c *cli.Context) error {
	library, err := onnx.Ready(onnx.Options{Library: c.String("ort-lib"), Provider: c.String("provider")})
	if err != nil {
		return err
	}
	for _, passed := range library.Passed {
		fmt.Fprintf(c.App.ErrWriter, "fedpurel: note: passed over %s; using %s\n", passed, library.Path)
	}
	return nil
}
