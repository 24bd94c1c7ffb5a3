package shell

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// Notes prints sentences that somebody should read before work begins, each once; --quiet silences them.
func Notes(c *cli.Context, quiet bool) func(string) {
	said := map[string]bool{}
	return func(sentence string) {
		if !quiet && !said[sentence] {
			said[sentence] = true
			fmt.Fprintln(c.App.ErrWriter, "fedpurel: note: "+OneLine(sentence))
		}
	}
}

// OneLine joins the lines of a message, so that an error or a note is one line wherever it comes from.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
