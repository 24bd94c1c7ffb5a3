package told

import (
	"fmt"
	"strings"
)

// Deck is the line below the title: data, clients, rounds, seeds, encoder, module.
func (f *Facts) Deck() string {
	s := &f.Setting
	data := count(f.Classes, "class", "classes")
	if s.Name != "" {
		data = s.Name + ", " + data
	}
	if s.Imbalance > 1 {
		data += fmt.Sprintf(" with a long tail (imbalance %g)", s.Imbalance)
	}
	parts := []string{data}
	var rounds []float64
	for _, n := range s.Rounds {
		rounds = append(rounds, float64(n))
	}
	if s.Clients > 0 {
		clients := count(s.Clients, "client", "clients")
		var percent []float64
		for _, part := range s.Fractions {
			percent = append(percent, 100*part)
		}
		if percent != nil && rounds != nil {
			clients += " of whom " + span(percent) + " % take part in each of " + span(rounds) + " rounds"
		}
		parts = append(parts, clients)
	}
	switch {
	case len(f.Methods) == 0 && f.Data > 1:
		parts = append(parts, fmt.Sprintf("%d data seeds", f.Data))
	case len(f.Methods) == 0:
	case f.Data > 1:
		parts = append(parts, fmt.Sprintf("%d data seeds with %s", f.Data,
			count(f.Seeds, "training seed each", "training seeds each")))
	default:
		parts = append(parts, count(f.Seeds, "training seed", "training seeds"))
	}
	deck := strings.Join(parts, ", ")
	var with []string
	if s.Encoder != "" {
		with = append(with, "encoder "+s.Encoder)
	}
	switch len(s.Modules) {
	case 0:
	case 1:
		with = append(with, "module "+s.Modules[0])
	default:
		with = append(with, "modules "+listed(s.Modules))
	}
	if with != nil {
		deck += "; " + strings.Join(with, ", ")
	}
	return deck
}

// count is a number of things.
func count(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}
