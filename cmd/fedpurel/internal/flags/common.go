// Package flags has the flags that several commands share, and reads them: those made from the tables of options, those
// of data sets and of models.
package flags

import "github.com/urfave/cli/v2"

// Quiet is --quiet.
func Quiet() cli.Flag { return &cli.BoolFlag{Name: "quiet", Usage: "no progress, no notes"} }

// JSON is --json.
func JSON() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print the outcome as JSON"} }

// Wide is --wide of commands that print a table.
func Wide() cli.Flag {
	return &cli.BoolFlag{Name: "wide", Usage: "all columns of the table, not those alone that fit 80 characters"}
}

// NoVerify is --no-verify of commands that read a cache.
func NoVerify() cli.Flag {
	return &cli.BoolFlag{
		Name: "no-verify",
		Usage: "take the cache as it is (default: its arrays are compared with their hashes, " +
			"a second a gigabyte, and not again while they stay as they are)",
	}
}

// Workers is --workers of commands that train.
func Workers() cli.Flag {
	return &cli.IntFlag{Name: "workers", Usage: "clients trained at once (0: one a core); does not change the result"}
}
