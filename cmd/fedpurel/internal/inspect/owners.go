package inspect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
)

// owner is a client of a raw data set, with the number of its images.
type owner struct {
	Name  string `json:"name"` // "" stands for images that are nobody's
	Train int    `json:"train"`
	Test  int    `json:"test"`
}

// owners are the clients of a set, by name; there are none if all images are nobody's.
type owners map[string]*owner

// add counts an image.
func (o owners) add(client string, split dataset.Split) {
	one := o[client]
	if one == nil {
		one = &owner{Name: client}
		o[client] = one
	}
	if split == dataset.Train {
		one.Train++
	} else {
		one.Test++
	}
}

// list are all of them, sorted; nobody's images come first.
func (o owners) list() (all []owner) {
	if len(o) == 1 && o[""] != nil {
		return nil
	}
	for _, one := range o {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b owner) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// describe names the first few clients: "3 clients: New York (60), Zürich (60), site-3 (1 images)".
func describe(all []owner) string {
	const most = 8
	nobody := 0
	if len(all) > 0 && all[0].Name == "" {
		nobody = all[0].Train + all[0].Test
		all = all[1:]
	}
	var shown []string
	for _, one := range all[:min(len(all), most)] {
		shown = append(shown, fmt.Sprintf("%s (%d", one.Name, one.Train+one.Test))
	}
	text := fmt.Sprintf("%d clients: %s images)", len(all), strings.Join(shown, "), "))
	if len(all) > most {
		text += ", …"
	}
	if nobody > 0 {
		text += fmt.Sprintf("; %d images are nobody's", nobody)
	}
	return text
}
