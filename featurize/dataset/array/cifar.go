package array

import (
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// cifar is CIFAR-10 or CIFAR-100 in one of the two forms in which its authors give it.
type cifar struct {
	title, folder string // the folder is the archive's
	train         []string
	test, meta    string
	labels        []cifarLabels // in the order of binary records
}

// cifarLabels are one of the numberings of classes. The last of a set is the usual one.
type cifarLabels struct {
	option    string
	published string // name of the published class names
	key       string // in pickles of images
	names     string // file of the class names, or key of a pickle
}

// cifarBytes is the size of an image: 32×32 pixels, a plane for each colour.
const cifarBytes = 3 * 32 * 32

// files are the files of images with their splits, in order.
func (c cifar) files() (names []string, splits []dataset.Split) {
	for _, name := range c.train {
		names, splits = append(names, name), append(splits, dataset.Train)
	}
	return append(names, c.test), append(splits, dataset.Test)
}

// findCIFAR finds the set in root or in a folder of it that has the archive's name; there are none, one, or too many to
// choose. A set is there if one of its files is, so that an incomplete one is not mistaken for another format.
func findCIFAR(root string, sets []cifar) (found []cifar, folders []string) {
	for _, c := range sets {
		names, _ := c.files()
		for _, sub := range []string{"", c.folder} {
			if disk.FirstFile(root, prefixed(sub, names)...) != "" {
				found, folders = append(found, c), append(folders, sub)
				break
			}
		}
	}
	return found, folders
}

func prefixed(folder string, names []string) []string {
	names = slices.Clone(names)
	for i, n := range names {
		names[i] = folder + "/" + n
	}
	return names
}

// chooseCIFAR finds the one set that root holds, and the labels that are wanted.
func chooseCIFAR(root, format string, sets []cifar, o dataset.Options) (c cifar, folder string, label int, err error) {
	if err := o.Only(format, "labels"); err != nil {
		return c, "", 0, err
	}
	found, folders := findCIFAR(root, sets)
	switch {
	case len(found) == 0:
		return c, "", 0, fault.Missingf("dataset: %s holds no files of CIFAR-10 or CIFAR-100 (looked for %s and %s, "+
			"there and in %s and %s)",
			root, sets[0].train[0], sets[1].train[0], sets[0].folder, sets[1].folder)
	case len(found) > 1:
		return c, "", 0,
			fault.Usagef("dataset: %s holds %s and %s; pass the folder of one", root, found[0].title, found[1].title)
	}
	c, folder = found[0], folders[0]
	names, _ := c.files()
	for _, name := range names {
		if !disk.IsFile(root, folder, name) {
			return c, "", 0,
				fault.Missingf("dataset: %s of %s is missing in %s; unpack the archive again", name, c.title, root)
		}
	}
	if o.Labels == "" {
		return c, folder, len(c.labels) - 1, nil
	}
	label = slices.IndexFunc(c.labels, func(l cifarLabels) bool { return l.option == o.Labels })
	if label < 0 {
		if len(c.labels) == 1 {
			return c, "", 0, fault.Usagef("dataset: %s has no labels %q, only one kind", c.title, o.Labels)
		}
		return c, "", 0, fault.Usagef("dataset: %s has no labels %q; choose fine or coarse", c.title, o.Labels)
	}
	return c, folder, label, nil
}

// classes are the class names for prompts: those that the set's own file gives, if there is one.
func (c cifar) classes(label int, file string, own []string) ([]string, error) {
	known := names.Published(c.labels[label].published)
	if own != nil && len(own) != len(known) {
		return nil, fault.Corruptf("dataset: %s names %d classes, %s has %d", file, len(own), c.title, len(known))
	} else if own != nil {
		known = own
	}
	return names.Humans(known), nil
}
