package told

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

// Called is what a row of tables is called, and whether it is ours: FedPuReL as it is, or else a variant of it.
type Called struct {
	Name          string
	Ours, Variant bool
	Reference     bool // others are compared with it
	Shown         bool // in figures
}

// Methods is a page's key: zero-shot, then what was trained, in its order. The first plain one of ours has slot 1, or
// else the first; the reference has slot 2; then come those that figures show, so that these look different.
func Methods(trained []Called) []chart.Method {
	taken := map[string]bool{"zero-shot": true}
	all := []chart.Method{{ID: "zero-shot", Name: "zero-shot"}}
	mine, slots := ours(trained), make([]int, len(trained))
	next := 2
	give := func(to func(i int) bool) {
		for i := range trained {
			if slots[i] == 0 && to(i) {
				slots[i], next = next, next+1
			}
		}
	}
	if mine >= 0 {
		slots[mine] = 1
	}
	give(func(i int) bool { return trained[i].Reference })
	give(func(i int) bool { return trained[i].Shown })
	give(func(int) bool { return true })
	for i, g := range trained {
		m := chart.Method{Name: g.Name, Slot: slots[i]}
		m.ID = distinct(identifier(m.Name), taken)
		all = append(all, m)
	}
	return all
}

// ours is the place of ours, as plain as there is one, or −1.
func ours(trained []Called) int {
	if plain := slices.IndexFunc(trained, func(c Called) bool { return c.Ours && !c.Variant }); plain >= 0 {
		return plain
	}
	return slices.IndexFunc(trained, func(c Called) bool { return c.Ours })
}

// longest is how many letters an identifier keeps of a name.
const longest = 40

// identifier is a name in letters, digits and hyphens of ASCII.
func identifier(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() >= longest:
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if id := strings.Trim(b.String(), "-"); id != "" {
		return id
	}
	return "method"
}

// Identifier is a name in letters, digits and hyphens that is not taken yet; it is then.
func Identifier(name string, taken map[string]bool) string { return distinct(identifier(name), taken) }

// distinct is an identifier that is not taken yet.
func distinct(id string, taken map[string]bool) string {
	unique := id
	for n := 2; taken[unique]; n++ {
		unique = fmt.Sprintf("%s-%d", id, n)
	}
	taken[unique] = true
	return unique
}
