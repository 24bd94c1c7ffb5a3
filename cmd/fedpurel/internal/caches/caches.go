// Package caches has the command `cache`: caches made of arrays, put together from shards or sites, or cut into those
// of clients; what sites share of one; and what a cache is in words.
package caches

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
)

// Command is the command `cache`.
func Command() *cli.Command {
	return &cli.Command{
		Name:            "cache",
		Usage:           "caches of features: import, merge, cut, and what sites share (identity)",
		HideHelpCommand: true,
		OnUsageError:    shell.UsageError,
		Action:          shell.Group,
		Subcommands:     []*cli.Command{importCommand(), mergeCommand(), cutCommand(), identityCommand()},
	}
}
