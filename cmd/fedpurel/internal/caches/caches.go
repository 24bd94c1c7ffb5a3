// Package caches has the command `cache`: caches made of arrays, or put together from shards; and what a cache is in
// words.
package caches

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Command is the command `cache`.
func Command() *cli.Command {
	return &cli.Command{
		Name: "cache",
		Usage: "caches made elsewhere, or in shares: " +
			"see `fedpurel cache import --help` and `fedpurel cache merge --help`",
		HideHelpCommand: true,
		OnUsageError:    shell.UsageError,
		Action: func(c *cli.Context) error {
			return fault.Usagef("name what to do: `fedpurel cache import` or `fedpurel cache merge`; each has --help")
		},
		Subcommands: []*cli.Command{importCommand(), mergeCommand()},
	}
}
