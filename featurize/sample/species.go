package sample

import (
	"fmt"
	"math/rand/v2"
)

// Shapes, Patterns and Colours are the attributes, in the order of their codes.
var (
	Shapes   = []string{"beetle", "bird", "crab", "fish", "jellyfish", "moth", "snail", "turtle"}
	Patterns = []string{"plain", "striped", "spotted", "checkered", "ringed", "speckled"}
	Colours  = []string{"crimson", "orange", "golden", "green", "teal", "blue", "violet", "pink"}
)

// Species is one combination of attributes, as indices into Shapes, Patterns and Colours.
type Species struct{ Shape, Pattern, Colour int }

// Name is the species' common name, for example "spotted teal turtle".
func (s Species) Name() string {
	return Patterns[s.Pattern] + " " + Colours[s.Colour] + " " + Shapes[s.Shape]
}

// GuideSize is the number of species in the field guide.
const GuideSize = 48

// Guide returns the field guide: the 48 species of the data set, in class order. It never changes.
//
// Every shape and every colour occurs six times and every pattern eight times, and the order is shuffled, so
// that neither the head nor the tail of a long tail cut along the class order prefers an attribute.
func Guide() []Species {
	rng := rand.New(rand.NewPCG(0x6669656c64, 0x6775696465)) // "field", "guide"
	for {
		guide := make([]Species, GuideSize)
		patterns, colours := rng.Perm(GuideSize), rng.Perm(GuideSize)
		seen := map[Species]bool{}
		for i := range guide {
			guide[i] = Species{i % len(Shapes), patterns[i] % len(Patterns), colours[i] % len(Colours)}
			seen[guide[i]] = true
		}
		if len(seen) == GuideSize { // no species twice
			rng.Shuffle(GuideSize, func(i, j int) { guide[i], guide[j] = guide[j], guide[i] })
			return guide
		}
	}
}

// Others returns the 336 combinations outside the field guide, in code order: the material for pre-training.
func Others() []Species {
	inGuide := map[Species]bool{}
	for _, s := range Guide() {
		inGuide[s] = true
	}
	var others []Species
	for shape := range Shapes {
		for pattern := range Patterns {
			for colour := range Colours {
				if s := (Species{shape, pattern, colour}); !inGuide[s] {
					others = append(others, s)
				}
			}
		}
	}
	return others
}

// Folder is the directory name of class i: its number in the guide, then its name. Byte order is class order.
func Folder(i int, s Species) string {
	return fmt.Sprintf("%02d_%s_%s_%s", i+1, Patterns[s.Pattern], Colours[s.Colour], Shapes[s.Shape])
}
