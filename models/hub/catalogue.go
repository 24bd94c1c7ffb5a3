package hub

import (
	_ "embed"
	"encoding/json"
	"slices"
)

//go:embed catalogue.json
var catalogueFile []byte

// Entry is a known model. Where Files has a hash, nothing else is accepted for that file at that revision; other files
// are recorded as they are fetched.
type Entry struct {
	Name       string `json:"name"` // short, for the command line
	Repository string `json:"repository"`
	Revision   string `json:"revision,omitempty"` // commit that Files speak of
	Family     string `json:"family"`
	Layout     string `json:"layout"`
	Dim        int    `json:"dim"`    // D
	Pixels     int    `json:"pixels"` // edge of the pictures
	Note       string `json:"note"`
	// License is that of the weights, by its SPDX name, as their authors publish it; empty if not known.
	License string          `json:"license,omitempty"`
	Files   map[string]File `json:"files,omitempty"`
}

// Catalogue lists the known models.
func Catalogue() []Entry { return slices.Clone(catalogue) }

var catalogue = func() (c []Entry) {
	if err := json.Unmarshal(catalogueFile, &c); err != nil {
		panic("hub: the embedded catalogue: " + err.Error())
	}
	return c
}()

// names are the short names.
func names() (all []string) {
	for _, e := range catalogue {
		all = append(all, e.Name)
	}
	return all
}

// Repository is the repository that a short name stands for, or the name itself.
func Repository(name string) string {
	for _, e := range catalogue {
		if e.Name == name {
			return e.Repository
		}
	}
	return name
}

func catalogued(repository string) Entry {
	for _, e := range catalogue {
		if e.Repository == repository {
			return e
		}
	}
	return Entry{}
}
