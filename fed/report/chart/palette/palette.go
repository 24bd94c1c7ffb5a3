// Package palette is the colours, markers and dashes of a report's methods. Colour never stands alone: neighbouring
// methods differ in marker too, later ones also in dashes.
package palette

import (
	"fmt"
	"strings"
)

// Slots is how many methods have a colour of their own. Further ones start again with other markers.
const Slots = 12

// Theme is the colours of one ground.
type Theme struct {
	Paper, Ink, Soft, Hair, Mid, Panel, Zero string
	Methods                                  [Slots]string
	rest                                     string // of the variables
}

// Light is also what is printed.
var Light = Theme{
	Paper: "#ffffff", Ink: "#1d1d1b", Soft: "#5c5f63",
	Hair: "#e5e3de", Mid: "#bdbab3", Panel: "#f7f6f3", Zero: "#62666b",
	Methods: [Slots]string{
		"#1557b0", "#bd4e07", "#302382", "#4c3202", "#62846f", "#900a53",
		"#d56ba9", "#af71f2", "#064c73", "#6a4800", "#f06410", "#3da454",
	},
	rest: "--neg:#f7f1ec;--g0:#f3f2ee;--g1:#f9f8f6;--focus:#1557b0;--ok:#1a7340;--no:#a3341c;" +
		"--h0:#efa480;--h1:#f7c8ae;--h2:#fbe5d9;--h3:#f4f3f0;--h4:#dfeaf7;--h5:#bcd5f0;--h6:#8fbbe6;--hi:#1d1d1b",
}

// Dark is for screens whose readers prefer it.
var Dark = Theme{
	Paper: "#14171b", Ink: "#e9e7e2", Soft: "#a5a9af",
	Hair: "#2a2f35", Mid: "#555b63", Panel: "#1b1f24", Zero: "#b4b8bd",
	Methods: [Slots]string{
		"#6db3ff", "#ff9d57", "#6e68e9", "#f2ed2b", "#84fcf3", "#9d6995",
		"#cf4944", "#a89abb", "#9fcef1", "#e67502", "#be8b75", "#bef7b1",
	},
	rest: "--neg:#1e1b1a;--g0:#1a1e23;--g1:#16191d;--focus:#6db3ff;--ok:#6fd08f;--no:#ff9077;" +
		"--h0:#8f4519;--h1:#663515;--h2:#40291d;--h3:#22262b;--h4:#1b2f45;--h5:#1e4670;--h6:#235f9f;--hi:#f4f2ee",
}

// CSS is the colours as variables of the root element, light, dark by preference, and the classes s0 to s12, which set
// --c, a method's colour, and --t, the same as text.
func CSS() string {
	var b strings.Builder
	fmt.Fprintf(&b, ":root{color-scheme:light;%s}\n", Light.variables())
	fmt.Fprintf(&b, "@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;%s}}\n", Dark.variables())
	b.WriteString(".s0{--c:var(--zs);--t:var(--zs)}\n")
	for slot := 1; slot <= Slots; slot++ {
		fmt.Fprintf(&b, ".s%d{--c:var(--c%[1]d);--t:color-mix(in srgb,var(--c%[1]d) 68%%,var(--ink))}\n", slot)
	}
	return b.String()
}

func (t Theme) variables() string {
	var b strings.Builder
	fmt.Fprintf(&b, "--bg:%s;--ink:%s;--soft:%s;--hair:%s;--mid:%s;--panel:%s;--zs:%s;%s",
		t.Paper, t.Ink, t.Soft, t.Hair, t.Mid, t.Panel, t.Zero, t.rest)
	for i, c := range t.Methods {
		fmt.Fprintf(&b, ";--c%d:%s", i+1, c)
	}
	return b.String()
}

// Class is the slot whose colour a method's slot has: itself up to 12, then from 1 on again.
func Class(slot int) int {
	if slot <= 0 {
		return 0
	}
	return (slot-1)%Slots + 1
}
