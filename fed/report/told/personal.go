package told

import (
	"fmt"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// personal tells how often personal models are right, and for how many clients more often than zero-shot: of the method
// that is told first or, where it has none, of the best.
func (f *Facts) personal() (document.Finding, bool) {
	m := f.Methods[0]
	if !there(m.Personal.Mean) {
		for _, other := range f.Methods[1:] {
			if there(other.Personal.Mean) && !(m.Personal.Mean >= other.Personal.Mean) {
				m = other
			}
		}
		if !there(m.Personal.Mean) {
			return document.Finding{}, false
		}
		m.Personal.Against = None() // it is the first one's
	}
	verb := [...]string{"fall to ", "stay at ", "reach "}[1+way(m.Personal.Zero.Value)]
	if !there(m.Personal.Zero.Value) {
		verb = "reach "
	}
	found := f.against(document.Finding{
		Strong: "Personal models " + verb + m.Personal.spread(), Rest: " with " + m.Name,
	}, m.Personal, "as much as")
	found.Rest += f.leader(m, func(m Method) Model { return m.Personal }) + f.clients(m)
	return found, true
}

// clients counts those whose personal models do better than zero-shot.
func (f *Facts) clients(m Method) string {
	if m.Clients == 0 {
		return ""
	}
	who := count(m.Clients, "client", "clients")
	if f.Data > 1 && m.Clients%f.Data == 0 {
		who += fmt.Sprintf(" (%d under each data seed)", m.Clients/f.Data)
	}
	text := ""
	switch m.Better {
	case m.Clients:
		text = fmt.Sprintf("; all %s do better than zero-shot", who)
	case 0:
		text = fmt.Sprintf("; none of %s does better than zero-shot", who)
	case 1:
		text = fmt.Sprintf("; 1 of %s does better than zero-shot", who)
	default:
		text = fmt.Sprintf("; %d of %s do better than zero-shot", m.Better, who)
	}
	if len(f.Methods) < 2 || m.Name == f.Methods[1].Name {
		return text
	}
	switch other := f.Methods[1]; {
	case other.Clients != m.Clients:
		return text
	case other.Better == m.Better:
		return text + ", as many as with " + other.Name
	default:
		return fmt.Sprintf("%s, against %d with %s", text, other.Better, other.Name)
	}
}
