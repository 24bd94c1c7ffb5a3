package shell

import (
	"encoding/json"

	"github.com/urfave/cli/v2"
)

// PrintJSON writes v to standard output, indented.
func PrintJSON(c *cli.Context, v any) error {
	enc := json.NewEncoder(c.App.Writer)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
