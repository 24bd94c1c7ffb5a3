package shell

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// Options stand before positional arguments, also behind an option of the application's own.
func TestFlagsFirst(t *testing.T) {
	report := &cli.Command{Name: "report", Flags: []cli.Flag{
		&cli.StringFlag{Name: "out"}, &cli.BoolFlag{Name: "json"},
	}}
	app := &cli.App{
		Flags:    []cli.Flag{&cli.StringFlag{Name: "cpuprofile"}, &cli.BoolFlag{Name: "help"}},
		Commands: []*cli.Command{report, {Name: "cache", Subcommands: []*cli.Command{report}}},
	}
	for given, want := range map[string]string{
		"fp":                                   "fp",
		"fp --cpuprofile":                      "fp --cpuprofile",
		"fp report RUN --out X":                "fp report --out X RUN",
		"fp cache report RUN --json":           "fp cache report --json RUN",
		"fp --cpuprofile F report RUN --out X": "fp --cpuprofile F report --out X RUN",
		"fp --cpuprofile=F report RUN --out=X": "fp --cpuprofile=F report --out=X RUN",
		"fp -cpuprofile F cache report RUN --json --out X": "fp -cpuprofile F cache report --json --out X RUN",
		"fp --cpuprofile report report RUN --json":         "fp --cpuprofile report report --json RUN",
		"fp --help report RUN --json":                      "fp --help report --json RUN",
		"fp report RUN -- --out X":                         "fp report RUN -- --out X",
		"fp report RUN --help":                             "fp report --help",
		"fp -- report RUN --json":                          "fp -- report RUN --json",
	} {
		if got := strings.Join(FlagsFirst(strings.Fields(given), app), " "); got != want {
			t.Errorf("%s becomes %s, want %s", given, got, want)
		}
	}
}
