// Package help says what the program can do: the texts that --help and the command `help` print, completion in shells,
// and the program's version.
package help

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/text"
)

// column is where the words about a flag or a command begin.
const column = 25

// printer writes help, and forgets errors as the command line's writer does not.
type printer struct{ io.Writer }

func (p printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// Print writes the help of an application, a group of commands or a command. The command line asks for it through
// cli.HelpPrinter.
func Print(w io.Writer, _ string, of any) {
	switch of := of.(type) {
	case *cli.App:
		program(printer{w}, of)
	case *cli.Command:
		printer{w}.command(of)
	}
}

func program(p printer, app *cli.App) {
	p.paragraph(app.Name + ": " + app.Usage)
	p.line("\nUsage: %s COMMAND [OPTIONS]\n", app.Name)
	io.WriteString(p, describe(app.Description))
	var headings []string
	for _, c := range app.Commands {
		if !c.Hidden && !slices.Contains(headings, c.Category) {
			headings = append(headings, c.Category)
		}
	}
	for _, heading := range headings {
		p.line("\n%s", heading)
		p.commands(slices.DeleteFunc(slices.Clone(app.Commands), func(c *cli.Command) bool {
			return c.Category != heading
		}))
	}
	p.line("\nBefore the command")
	p.flags(app.Flags)
}

func (p printer) command(c *cli.Command) {
	p.paragraph(c.HelpName + ": " + c.Usage)
	usage := c.HelpName
	if len(c.Subcommands) > 0 {
		usage += " COMMAND"
	}
	if c.ArgsUsage != "" {
		usage += " " + c.ArgsUsage
	}
	p.line("\nUsage: %s [OPTIONS]", usage)
	if c.Description != "" {
		p.line("\n%s", strings.TrimSuffix(describe(c.Description), "\n"))
	}
	if len(c.Subcommands) > 0 {
		p.line("\nCommands")
		p.commands(c.Subcommands)
	}
	known := c.Flags
	if flagNamed(known, "help") == nil { // a command that was not set up to be run
		known = append(slices.Clone(known), cli.HelpFlag)
	}
	for i, g := range groups {
		var flags []cli.Flag
		for _, f := range known {
			if at := groupOf(f); at == i || at < 0 && i == len(groups)-1 {
				flags = append(flags, f)
			}
		}
		if len(flags) > 0 {
			p.line("\n%s", g.heading)
			p.flags(flags)
		}
	}
}

func (p printer) paragraph(words string) { io.WriteString(p, text.Fill(words)) }

func (p printer) commands(all []*cli.Command) {
	for _, c := range all {
		if !c.Hidden {
			p.entry(c.Name, c.Usage)
		}
	}
}

// flags lists flags: those that are needed first, then as the command has them, help last.
func (p printer) flags(all []cli.Flag) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b cli.Flag) int { return cmp.Compare(rank(a), rank(b)) })
	for _, f := range all {
		d, ok := f.(cli.DocGenerationFlag)
		if v, hides := f.(cli.VisibleFlag); !ok || hides && !v.IsVisible() {
			continue
		}
		value, usage := placeholder(d.GetUsage())
		name := "--" + f.Names()[0]
		if d.TakesValue() {
			name += " " + cmp.Or(value, "VALUE")
		}
		if standard := d.GetDefaultText(); d.TakesValue() && standard != "" && standard != "0" {
			usage += " (default: " + strings.Trim(standard, `"`) + ")"
		}
		for _, e := range d.GetEnvVars() {
			usage += " [$" + e + "]"
		}
		p.entry(name, usage)
	}
}

func rank(f cli.Flag) int {
	d, _ := f.(cli.DocGenerationFlag)
	switch {
	case f.Names()[0] == "help":
		return 2
	case d != nil && strings.HasSuffix(d.GetUsage(), "(required)"):
		return 0
	}
	return 1
}

// entry is a name and what it means, beside it or, if the name is long, below it.
func (p printer) entry(name, usage string) {
	indent := strings.Repeat(" ", column)
	lines := text.Wrap(usage, text.Columns-column)
	first := "  " + name
	if n := utf8.RuneCountInString(first); n+2 > column {
		p.line("%s", first)
		first = indent
	} else {
		first += indent[n:]
	}
	p.line("%s", strings.TrimRight(first+strings.Join(lines, "\n"+indent), " "))
}

// placeholder takes the name of a flag's value, in back quotes, from its usage.
func placeholder(usage string) (value, plain string) {
	before, rest, found := strings.Cut(usage, "`")
	value, after, closed := strings.Cut(rest, "`")
	if !found || !closed || strings.Contains(value, " ") {
		return "", usage
	}
	return value, before + value + after
}
