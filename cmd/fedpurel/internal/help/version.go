package help

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
)

// build is what is known of how the program was built.
type build struct {
	Version  string `json:"version"` // of the module
	Commit   string `json:"commit,omitempty"`
	Time     string `json:"time,omitempty"`     // of the commit
	Modified bool   `json:"modified,omitempty"` // the files differed from the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	commit := ""
	if b.Commit != "" {
		commit = fmt.Sprintf(", commit %.12s", b.Commit)
		if b.Modified {
			commit += " with changes"
		}
		if b.Time != "" {
			commit += " of " + b.Time
		}
	}
	return fmt.Sprintf("fedpurel %s%s, %s, %s", b.Version, commit, b.Go, b.Platform)
}

// Version is the command `version`.
func Version() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "version",
		Usage: "the program's version, commit, Go and platform",
		Description: "A program that was built outside a repository, and not by `go install` at a version, " +
			"calls itself (devel).\n\nExample: fedpurel version --json",
		Flags: []cli.Flag{flags.JSON()},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			info, _ := debug.ReadBuildInfo()
			if c.Bool("json") {
				return shell.PrintJSON(c, buildOf(info))
			}
			fmt.Fprintln(c.App.Writer, buildOf(info))
			return nil
		},
	})
}
