package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
)

// clientsOf names the clients of a cache's training images, the first few of many; it is empty if none is named.
func clientsOf(held *cache.Cache) (string, error) {
	const most = 8
	split, err := held.Split("train")
	if err != nil {
		return "", nil // a cache need not be for training
	}
	owners, err := split.Clients()
	if err != nil {
		return "", err
	}
	images := map[string]int{}
	for _, name := range owners {
		images[name]++
	}
	nobody := images[""]
	delete(images, "")
	var shown []string
	for _, name := range slices.Sorted(maps.Keys(images)) {
		if shown = append(shown, fmt.Sprintf("%s (%d)", name, images[name])); len(shown) == most {
			break
		}
	}
	switch {
	case len(images) == 0:
		return "", nil
	case len(images) > most:
		shown = append(shown, "…")
	}
	text := fmt.Sprintf("%d clients, by training images: %s", len(images), strings.Join(shown, ", "))
	if nobody > 0 {
		text += fmt.Sprintf("; %d images of nobody", nobody)
	}
	return text, nil
}
