package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"
)

func quietFlag() cli.Flag { return &cli.BoolFlag{Name: "quiet", Usage: "no progress"} }
func noVerifyFlag() cli.Flag {
	return &cli.BoolFlag{
		Name: "no-verify",
		Usage: "take the cache as it is (default: its arrays are compared with their hashes, " +
			"a second a gigabyte, and not again while they stay as they are)",
	}
}

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print the outcome as JSON"} }

// printJSON writes v to standard output, indented.
func printJSON(c *cli.Context, v any) error {
	enc := json.NewEncoder(c.App.Writer)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
