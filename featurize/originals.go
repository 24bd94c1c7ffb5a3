package featurize

import (
	"encoding/json"
	"fmt"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/cache/thumbs"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/pixel"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Originals makes thumbnails of a cache's test images from its data set, where that is still there, when they are asked
// for: the same that the cache would keep.
type Originals struct {
	miniatures
	items []dataset.Item // by row
}

// NewOriginals finds the rows of the cache in dir among the test images of set, which stays the caller's. A set that
// has changed since is refused.
func NewOriginals(set dataset.Source, dir string) (*Originals, error) {
	c, err := cache.Map(dir)
	if err != nil {
		return nil, err
	}
	defer c.Close() // read-only
	test, err := c.Split(string(dataset.Test))
	if err != nil {
		return nil, err
	}
	names, err := test.Files()
	if err != nil {
		return nil, err
	}
	var prepare models.Preprocess
	if names == nil || c.Manifest.Model == nil || json.Unmarshal(c.Manifest.Model.Preprocess, &prepare) != nil {
		return nil, fault.Usagef("featurize: %s was not made of images", dir)
	}
	view, err := pixel.NewRecipe(prepare)
	if err != nil {
		return nil, err
	}
	o := &Originals{miniatures: miniatures{set: set, view: view}}
	for i := range set.Len(dataset.Test) {
		it, err := set.At(dataset.Test, i)
		if err != nil {
			return nil, err
		}
		row := len(o.items)
		if row < len(names) && it.Name == names[row] && it.Label == test.Labels()[row] { // others were skipped
			o.items = append(o.items, it)
		}
	}
	if len(o.items) != len(names) {
		return nil, fault.Mismatchf("featurize: the data set of %s is another one now: it has no %s",
			dir, names[len(o.items)])
	}
	return o, nil
}

// Picture is the thumbnail of a test row. An image that is gone, or cannot be read any more, has none.
func (o *Originals) Picture(row int) (data []byte, mediaType string, ok bool, err error) {
	if row < 0 || row >= len(o.items) {
		return nil, "", false, nil
	}
	data, err = o.make(o.items[row])
	switch {
	case err == nil:
		return data, thumbs.MediaType, true, nil
	case ownFault(err):
		return nil, "", false, nil
	}
	return nil, "", false, fmt.Errorf("featurize: image %s: %w", o.items[row].Name, err)
}
