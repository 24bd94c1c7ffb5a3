// Package caches has the command `cache`: caches made of arrays, put together from shards or sites, or cut into those
// of clients; and what a cache is in words.
package caches

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
)

// Command is the command `cache`.
func Command() *cli.Command {
	return &cli.Command{
		Name:            "cache",
		Usage:           "caches of features: made elsewhere (import), in shares (merge), taken apart (cut)",
		HideHelpCommand: true,
		OnUsageError:    shell.UsageError,
		Action:          shell.Group,
		Subcommands:     []*cli.Command{importCommand(), mergeCommand(), cutCommand()},
	}
}
