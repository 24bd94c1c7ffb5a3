package help

import (
	"embed"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/train/fault"
)

//go:embed scripts
var scripts embed.FS

// Completion is the command `completion`.
func Completion() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "completion",
		Usage:     "print the script that completes commands, options and values in a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: "Bash and zsh take it by `source <(fedpurel completion bash)` in .bashrc or .zshrc, " +
			"there after compinit; fish by `fedpurel completion fish | source` in config.fish.\n\n" +
			"Example: fedpurel completion bash > fedpurel.bash",
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1, "the name of a shell: bash, zsh or fish"); err != nil {
				return err
			}
			name := c.Args().First()
			script, err := scripts.ReadFile("scripts/completion." + name)
			if err != nil {
				return fault.Unknown("unknown shell", name, flags.Shells)
			}
			_, err = c.App.Writer.Write(script)
			return err
		},
	})
}

// Complete is the hidden command that the scripts ask: it prints how its last argument may go on, a candidate a line,
// followed by a tab and what it means; nothing where a file is the likeliest.
func Complete() *cli.Command {
	return &cli.Command{
		Name:            "__complete",
		Hidden:          true,
		HideHelp:        true,
		HideHelpCommand: true,
		SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			for _, k := range candidates(c.App, c.Args().Slice()) {
				if k.about == "" {
					fmt.Fprintln(c.App.Writer, k.word)
				} else {
					fmt.Fprintf(c.App.Writer, "%s\t%s\n", k.word, k.about)
				}
			}
			return nil
		},
	}
}
