// Package caches has the command `cache`: caches made of arrays, or put together from shards; and what a cache is in
// words.
package caches

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
)

// Command is the command `cache`.
func Command() *cli.Command {
	return &cli.Command{
		Name:            "cache",
		Usage:           "caches of features made elsewhere (import), or in shares (merge)",
		HideHelpCommand: true,
		OnUsageError:    shell.UsageError,
		Action:          shell.Group,
		Subcommands:     []*cli.Command{importCommand(), mergeCommand()},
	}
}
