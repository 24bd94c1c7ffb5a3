package help

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
)

// candidate is a word that may stand where somebody is typing, and what it means.
type candidate struct{ word, about string }

// candidates are the words that may complete the last one.
func candidates(app *cli.App, words []string) []candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	typed, before := words[len(words)-1], words[:len(words)-1]
	if n := len(before); typed == "=" && n > 0 { // bash takes --flag=value for three words
		typed, before = "", append(before[:n:n], "=")
	}
	var of *cli.Command
	known, commands, path := app.Flags, app.Commands, ""
	for i := 0; i < len(before); i++ {
		switch word := before[i]; {
		case word == "--":
			return nil
		case strings.HasPrefix(word, "-"):
			f := flagNamed(known, strings.TrimLeft(word, "-"))
			if f == nil || !takesValue(f) {
				continue
			}
			if i+1 < len(before) && before[i+1] == "=" {
				i++
			}
			if i++; i >= len(before) {
				return values(path, f.Names()[0], typed, "")
			}
		default:
			if next := named(commands, word); next != nil {
				of, known, commands = next, next.Flags, next.Subcommands
				path = strings.TrimPrefix(path+" "+next.Name, " ")
				if path == "help" {
					commands = app.Commands
				}
			}
		}
	}
	if name, value, found := strings.Cut(typed, "="); found && strings.HasPrefix(name, "--") {
		return values(path, strings.TrimPrefix(name, "--"), value, name+"=")
	}
	if strings.HasPrefix(typed, "-") {
		return flagsOf(known, typed, before)
	}
	var found []candidate
	for _, c := range commands {
		if !c.Hidden && strings.HasPrefix(c.Name, typed) {
			found = append(found, candidate{c.Name, c.Usage})
		}
	}
	if len(commands) == 0 {
		found = values(path, "", typed, "")
	}
	if of != nil && len(found) == 0 && of.ArgsUsage == "" && typed == "" { // nothing else can follow
		found = flagsOf(known, "--", before)
	}
	return found
}

// values are the values of a flag, or of an argument, that begin as typed does, behind a prefix. Of values that a comma
// separates, the last one is completed, and of those that a plus sign does.
func values(command, flag, typed, prefix string) (found []candidate) {
	known, several, files := flags.Values(command, flag)
	if files && typed == "" {
		return nil
	}
	if i := strings.LastIndex(typed, ","); several && i >= 0 {
		prefix, typed = prefix+typed[:i+1], typed[i+1:]
	}
	if i := strings.LastIndex(typed, "+"); i >= 0 {
		worn := strings.Split(typed[:i], "+")
		prefix, typed = prefix+typed[:i+1], typed[i+1:]
		known = slices.DeleteFunc(flags.Additions(command, flag), func(a string) bool {
			return slices.Contains(worn, a)
		})
	}
	for _, v := range known {
		if strings.HasPrefix(v, typed) && !slices.Contains(strings.Split(prefix, ","), v) {
			found = append(found, candidate{prefix + v, ""})
		}
	}
	return found
}

// flagsOf are the flags that begin as typed does, but those that were given already.
func flagsOf(known []cli.Flag, typed string, before []string) (found []candidate) {
	for _, f := range append(slices.Clone(known), cli.HelpFlag) {
		if v, ok := f.(cli.VisibleFlag); ok && !v.IsVisible() {
			continue
		}
		word := "--" + f.Names()[0]
		_, repeats := f.(*cli.StringSliceFlag)
		isNew := !slices.ContainsFunc(found, func(k candidate) bool { return k.word == word })
		if strings.HasPrefix(word, typed) && isNew && (repeats || !slices.Contains(before, word)) {
			about := ""
			if d, ok := f.(cli.DocGenerationFlag); ok {
				_, about = placeholder(d.GetUsage())
			}
			found = append(found, candidate{word, about})
		}
	}
	return found
}

func flagNamed(known []cli.Flag, name string) cli.Flag {
	for _, f := range known {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}
