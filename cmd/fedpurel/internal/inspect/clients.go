package inspect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/partition"
)

// clientsOf names the clients of a cache's training images; it is empty if none is named.
func clientsOf(held *cache.Cache) (string, error) {
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
	return roster(images), nil
}

// clientsOfRun names the clients of a run's training images; it is empty if they have no names.
func clientsOfRun(p *partition.Partition) string {
	images := map[string]int{}
	for k, name := range p.Names {
		images[name] = len(p.Clients[k].Train)
	}
	return roster(images)
}

// roster counts clients, and lists them with their images: the first few of many.
func roster(images map[string]int) string {
	const most = 8
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
		return ""
	case len(images) > most:
		shown = append(shown, "…")
	}
	text := fmt.Sprintf("%d clients, by training images: %s", len(images), strings.Join(shown, ", "))
	if nobody > 0 {
		text += fmt.Sprintf("; %d images of nobody", nobody)
	}
	return text
}
