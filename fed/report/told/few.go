package told

import (
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// few tells what methods gain and lose on the rarest classes, where zero-shot is the one that never saw them.
func (f *Facts) few() (document.Finding, bool) {
	var all []Method
	for _, m := range f.Methods {
		if there(m.Few.Value) {
			all = append(all, m)
		}
	}
	if f.Few == "" || len(all) == 0 {
		return document.Finding{}, false
	}
	first := all[0]
	found := document.Finding{Strong: "On " + f.Few + " " + first.Name}
	switch way(first.Few.Value) {
	case 1:
		found.Strong += " gains " + size(first.Few.Value) + " points"
		found.Rest = " over zero-shot"
	case -1:
		found.Strong += " gives up " + size(first.Few.Value) + " points"
		found.Rest = " of what zero-shot knew"
	default:
		found.Strong += " is right as often as zero-shot"
	}
	said := false
	found.Rest += f.bounds(first.Few, &said)
	shown := all[1:]
	if len(all) > named {
		shown = all[1:2]
	}
	before := way(first.Few.Value)
	for _, m := range shown {
		found.Rest += follows(m.Name, m.Few, before)
		before = way(m.Few.Value)
	}
	if len(all) > named {
		found.Rest += "; of " + fmt.Sprint(len(all)) + " methods " + tally(all, func(m Method) Gap { return m.Few })
	}
	return document.Finding{Strong: found.Strong, Rest: found.Rest + f.many(all)}, true
}

// follows tells of another method behind one that went its way.
func follows(name string, g Gap, before int) string {
	if w := way(g.Value); w == before && w != 0 {
		return ", " + name + " " + size(g.Value)
	}
	return "; " + name + " " + moves(g)
}

// moves is what a method does.
func moves(g Gap) string {
	return [...]string{"gives up " + size(g.Value), "does as zero-shot does", "gains " + size(g.Value)}[way(g.Value)+1]
}

// tally counts who gains and who loses.
func tally(all []Method, of func(Method) Gap) string {
	ways := map[int]int{}
	for _, m := range all {
		if g := of(m); there(g.Value) {
			ways[way(g.Value)]++
		}
	}
	switch len(all) {
	case ways[1]:
		return "all gain"
	case ways[-1]:
		return "all lose"
	}
	return count(ways[1], "gains", "gain") + " and " + count(ways[-1], "loses", "lose")
}

// many tells of the most frequent classes what the same methods do there.
func (f *Facts) many(all []Method) string {
	if f.Many == "" || f.Many == f.Few {
		return ""
	}
	for _, m := range all {
		if !there(m.Many.Value) {
			return ""
		}
	}
	on := " on " + f.Many
	if len(all) == 1 {
		return ";" + on + " it " + moves(all[0].Many)
	}
	if len(all) > named {
		return ";" + on + " " + tally(all, func(m Method) Gap { return m.Many })
	}
	w := way(all[0].Many.Value)
	for _, m := range all {
		if way(m.Many.Value) != w {
			return ";" + on + " " + each(all)
		}
	}
	who := [...]string{"both", "all three"}[len(all)-2]
	return "; " + who + [...]string{" lose", " do as zero-shot does", " gain"}[w+1] + on
}

// each tells of every method apart.
func each(all []Method) string {
	var parts []string
	for _, m := range all {
		parts = append(parts, m.Name+" "+moves(m.Many))
	}
	return strings.Join(parts, ", ")
}
