package flags

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/option"
)

// Plugins are the tables that specs name rows of.
var Plugins = lab.Default()

// Spec are the flags of the options that are wanted, made from the tables: the general ones, and those of
// plug-ins, grouped by what they belong to.
func Spec(wanted func(option string, group string) bool) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{
		Name: "spec", Category: category("run"),
		Usage: "`FILE` in JSON or YAML with any of these options; flags override it",
	}}
	slots := Plugins.Slots("")
	for _, f := range option.Fields(lab.DefaultGeneral()) {
		if group := f.Tag.Get("group"); wanted(f.Name, group) {
			usage := f.Usage
			for _, slot := range slots {
				if slot.Name == f.Name {
					usage += ": " + strings.Join(slot.Names(), ", ")
				}
			}
			if f.Name == "preset" {
				usage += ": " + strings.Join(Plugins.PresetNames(), ", ")
			}
			flags = append(flags, flagOf(f, category(group), usage, lab.ByDefault(f.Name)))
		}
	}
	seen := map[string]bool{}
	for _, slot := range slots {
		for _, row := range slot.Rows {
			for _, f := range option.Fields(row.Options) {
				if !seen[f.Name] && wanted(f.Name, slot.Name) {
					seen[f.Name] = true
					usage := f.Usage + only(slot, slots, f.Name)
					flags = append(flags, flagOf(f, category(slot.Name), usage, standard(slot.Name, f.Name)))
				}
			}
		}
	}
	return flags
}

// Dividing are the options that say who owns which sample.
func Dividing(name, group string) bool {
	return name == "cache" || group == "data" || group == "partition" || group == "tail"
}

// only says which plug-ins read an option, if not all of its slot with options do, and which of another slot do.
func only(slot lab.Slot, slots []lab.Slot, name string) string {
	all := 0
	var readers []string
	for _, row := range slot.Rows {
		if row.Options != nil {
			all++
		}
		if option.Has(row.Options, name) {
			readers = append(readers, row.Name)
		}
	}
	if len(readers) == all {
		return ""
	}
	for _, other := range slots {
		for _, row := range other.Rows {
			if other.Name != slot.Name && option.Has(row.Options, name) {
				readers = append(readers, "--"+other.Name+" "+row.Name)
			}
		}
	}
	return " (for " + strings.Join(readers, ", ") + ")"
}

// defaults are the default values of every option in every slot, by plug-in: one for each module. They are made once,
// since every command's flags come from them, whichever command is run.
var defaults = sync.OnceValue(func() map[string]map[string]map[string][]any {
	all := map[string]map[string]map[string][]any{}
	for _, m := range Plugins.Modules {
		for _, slot := range Plugins.Slots(m.Name) {
			if all[slot.Name] == nil {
				all[slot.Name] = map[string]map[string][]any{}
			}
			for _, row := range slot.Rows {
				for _, f := range option.Fields(row.Options) {
					of := all[slot.Name][f.Name]
					if of == nil {
						of = map[string][]any{}
						all[slot.Name][f.Name] = of
					}
					of[row.Name] = append(of[row.Name], f.Value)
				}
			}
		}
	}
	return all
})

// standard says what an option is by default, where that depends on the module or on which plug-in reads it. Elsewhere
// it is empty.
func standard(slot, name string) string {
	first := map[string]any{} // by plug-in
	for reader, values := range defaults()[slot][name] {
		if slices.ContainsFunc(values, func(v any) bool { return v != values[0] }) {
			return "the module's own, lower for sharper features"
		}
		first[reader] = values[0]
	}
	readers := map[any][]string{}
	for _, reader := range slices.Sorted(maps.Keys(first)) {
		readers[first[reader]] = append(readers[first[reader]], reader)
	}
	var values []any
	for v := range readers {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b any) int { // the usual one first, and it needs no names
		return cmp.Or(len(readers[b])-len(readers[a]), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	if len(values) < 2 {
		return ""
	}
	texts := []string{fmt.Sprint(values[0])}
	for _, v := range values[1:] {
		texts = append(texts, fmt.Sprintf("%v for %s", v, strings.Join(readers[v], ", ")))
	}
	return strings.Join(texts, "; ")
}

// category is the heading of a group of options in help.
func category(group string) string {
	if group == "eval" {
		group = "evaluation"
	}
	return strings.ToUpper(group[:1]) + group[1:]
}

// placeholder is a value's name in a usage.
var placeholder = regexp.MustCompile(`<([A-Z]+)>`)

// flagOf makes a flag from an option.
func flagOf(f option.Field, category, usage, standard string) cli.Flag {
	name := strings.TrimPrefix(option.Flag(f.Name), "--")
	usage = placeholder.ReplaceAllString(usage, "`$1`")
	switch v := f.Value.(type) {
	case bool:
		return &cli.BoolFlag{Name: name, Usage: usage, Category: category, Value: v}
	case int:
		return &cli.IntFlag{Name: name, Usage: usage, Category: category, Value: v, DefaultText: standard}
	case uint64:
		return &cli.Uint64Flag{Name: name, Usage: usage, Category: category, Value: v, DefaultText: standard}
	case float64:
		return &cli.Float64Flag{Name: name, Usage: usage, Category: category, Value: v, DefaultText: standard}
	default:
		text := fmt.Sprint(v)
		return &cli.StringFlag{Name: name, Usage: usage, Category: category, Value: text, DefaultText: standard}
	}
}

// Given are the options that the command line sets: those of the spec file, and flags over them.
func Given(c *cli.Context) (lab.Settings, error) {
	s := lab.Settings{}
	if path := c.String("spec"); path != "" {
		file, err := Plugins.ReadSettings(path)
		if err != nil {
			return nil, err
		}
		s = file
	}
	for _, name := range Plugins.OptionNames() {
		flag := strings.TrimPrefix(option.Flag(name), "--")
		if slices.Contains(c.LocalFlagNames(), flag) {
			s[name] = c.Value(flag)
		}
	}
	return s, nil
}

// ReadSpec resolves what the command line and its spec file say.
func ReadSpec(c *cli.Context) (lab.Spec, error) {
	s, err := Given(c)
	if err != nil {
		return lab.Spec{}, err
	}
	return Plugins.Spec(s)
}
