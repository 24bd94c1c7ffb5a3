package told

import (
	"fmt"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Titles name up to so many methods, if they are no longer than so many letters together.
const (
	named   = 3
	letters = 60
)

// Title is what the report is of.
func (f *Facts) Title() string {
	zero := "zero-shot"
	if f.Family != "" {
		zero += " " + f.Family
	}
	var names []string
	length := 0
	for _, m := range f.Methods {
		names = append(names, m.Name)
		length += utf8.RuneCountInString(m.Name)
	}
	switch n := len(names); {
	case n == 0:
		return capital(zero)
	case n == 1 || n <= named && length <= letters:
		return capital(listed(names)) + " against " + zero
	default:
		return fmt.Sprintf("%d methods against %s", n, zero)
	}
}

// Findings are what a reader may quote: global accuracy, few-shot classes, personal models. What does not exist is not
// told.
func (f *Facts) Findings() (all []document.Finding) {
	if len(f.Methods) == 0 {
		return f.zeroAlone()
	}
	add := func(found document.Finding, is bool) {
		if !is {
			return
		}
		if len(all) == 0 && f.Data < 2 {
			found.Rest += " (" + f.over() + ")"
		}
		found.Rest += "."
		all = append(all, found)
	}
	add(f.global())
	add(f.few())
	add(f.personal())
	return all
}

// zeroAlone tells of a report that has nothing else.
func (f *Facts) zeroAlone() []document.Finding {
	if !there(f.Zero.Global) {
		return nil
	}
	rest := " of the test images"
	var parts []string
	for _, part := range []struct {
		name  string
		value float64
	}{{f.Many, f.Zero.Many}, {f.Few, f.Zero.Few}} {
		if part.name != "" && there(part.value) {
			parts = append(parts, tenths(part.value)+" % on "+part.name)
		}
	}
	if parts != nil {
		rest += ", " + listed(parts)
	}
	return []document.Finding{{
		Strong: "Zero-shot is right on " + tenths(f.Zero.Global) + " %",
		Rest:   rest + f.guessing(f.Zero.Global) + ".",
	}}
}

// guessing says so where an accuracy is no better.
func (f *Facts) guessing(percent float64) string {
	chance := 100 * metric.Chance(f.Classes)
	if f.Classes == 0 || percent > chance {
		return ""
	}
	return fmt.Sprintf(", no more than guessing among %d classes (%s %%)", f.Classes, tenths(chance))
}

// global tells how often the global model is right.
func (f *Facts) global() (document.Finding, bool) {
	m := f.Methods[0]
	if !there(m.Global.Mean) {
		return document.Finding{}, false
	}
	found := f.against(document.Finding{
		Strong: capital(globalOf(m.Name)) + " is right on " + m.Global.spread(), Rest: " of the test images",
	}, m.Global, "as often as")
	found.Rest += f.guessing(m.Global.Mean) + f.leader(m, func(m Method) Model { return m.Global })
	return found, true
}

// against adds a model's differences to the other method and to zero-shot. A loss against zero-shot comes first, and in
// bold.
func (f *Facts) against(found document.Finding, m Model, same string) document.Finding {
	type side struct {
		gap  Gap
		name string
	}
	var sides []side
	if len(f.Methods) > 1 && there(m.Against.Value) {
		sides = append(sides, side{m.Against, f.Methods[1].Name})
	}
	if zero := (side{m.Zero, "zero-shot"}); way(m.Zero.Value) < 0 {
		sides = append([]side{zero}, sides...)
		found.Strong += found.Rest + ", " + zero.gap.to(zero.name, same)
		found.Rest = ""
	} else if there(m.Zero.Value) {
		sides = append(sides, zero)
	}
	said := false
	for i, s := range sides {
		switch {
		case i > 0:
			found.Rest += " and " + s.gap.to(s.name, same)
		case found.Rest != "":
			found.Rest += ", " + s.gap.to(s.name, same)
		}
		found.Rest += f.bounds(s.gap, &said)
	}
	return found
}

// bounds is a difference's interval in brackets; the first of a sentence says what it is.
func (f *Facts) bounds(g Gap, said *bool) string {
	text := g.interval()
	switch {
	case text == "":
		return ""
	case *said:
		return " (" + text + ")"
	}
	*said = true
	if g.Low < 0 && g.High > 0 {
		return " (95 % interval " + text + ", " + f.over() + ")"
	}
	return " (95 % interval " + text + " " + f.over() + ")"
}

// leader names the best of more than two methods beside the one that is told.
func (f *Facts) leader(told Method, of func(Method) Model) string {
	best, others := told, 0
	for _, m := range f.Methods {
		if m.Name != told.Name && there(of(m).Mean) {
			others++
		}
		if of(m).Mean > of(best).Mean {
			best = m
		}
	}
	if others < 2 {
		return ""
	}
	if way(of(best).Mean-of(told).Mean) == 0 {
		return fmt.Sprintf("; none of the other %d methods does better", others)
	}
	return fmt.Sprintf("; of %d methods %s does best with %s", others+1, best.Name, of(best).spread())
}
