// Package tree lists data sets that are trees of class folders, with folders of the splits or without.
package tree

import (
	"path"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Format is a tree of class folders.
var Format = dataset.Format{
	Name:  "folder",
	Doc:   "train/<class>/… and test/<class>/… (or val), or <class>/… alone; classnames.txt may name the classes",
	Is:    func(root string, _ dataset.Options) bool { return disk.IsFolder(root) },
	Open:  open,
	Loose: true,
}

// open lists a data set of the form
//
//	root/train/<class>/**   root/test/<class>/**   root/val/<class>/**   (or such as Training, seg_train/seg_train)
//	root/<class>/**
//
// Labels are positions in the byte-sorted list of the class folders of all splits. A file root/classnames.txt may give
// names to folders, one "folder name" a line; elsewhere ImageNet's folders have the published names, and others their
// own, with blanks for underscores. Links are followed.
func open(root string, o dataset.Options) (*dataset.Set, error) {
	if !disk.IsFolder(root) {
		return nil, fault.Usagef("dataset: %s is a file; pass the folder that holds train/<class>/…", root)
	}
	if err := o.Only("folder"); err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "folder", o)
	t := Tree{root, &b.Remarks}
	top, err := t.Folders("")
	if err != nil {
		return nil, err
	}
	trees, err := t.splits(slices.Clone(top))
	if err != nil {
		return nil, err
	}
	held := map[dataset.Split][]string{dataset.Whole: top} // class folders
	var classes []string
	// in one order, so that notes are the same each time
	for _, split := range []dataset.Split{dataset.Whole, dataset.Train, dataset.Val, dataset.Test} {
		sub, there := trees[split]
		if !there {
			delete(held, split)
			continue
		}
		if split != dataset.Whole {
			if held[split], err = t.Folders(sub); err != nil {
				return nil, err
			}
		}
		classes = append(classes, held[split]...)
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	switch {
	case len(classes) == 0:
		return nil, fault.Missingf("dataset: %s holds no class folders; "+
			"expected train/<class>/<image> and test/<class>/<image>%s%s", root, t.flat(), taken(trees))
	case trees[dataset.Train] != "" && len(held[dataset.Test])+len(held[dataset.Val]) == 0 && !o.Resplit:
		return nil, fault.Missingf("dataset: %s has train but no test folder (looked for test, val, valid, "+
			"validation, with classes)%s; --resplit divides the training images", root, t.flat())
	}
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		if err := t.unlearned(trees, split, held[dataset.Train], held[split]); err != nil {
			return nil, err
		}
	}
	called, err := names.OfFolders(root, classes)
	if err != nil {
		return nil, err
	}
	names.Dubious(&b.Remarks, classes, called)
	for label, class := range classes {
		before := b.Len()
		for _, split := range []dataset.Split{dataset.Whole, dataset.Train, dataset.Val, dataset.Test} {
			if slices.Contains(held[split], class) {
				if err := t.Add(b, split, path.Join(trees[split], class), label); err != nil {
					return nil, err
				}
			}
		}
		if b.Len() == before {
			return nil, fault.Missingf("dataset: class folder %q of %s holds no image (known: "+
				"jpg, png, gif, bmp, tiff, webp, ppm); fill or remove it%s",
				class, root, t.innerClasses(held[dataset.Whole]))
		}
	}
	if len(classes) == 1 {
		return nil, fault.Usagef("dataset: %s holds a single class, %q; a classifier needs two or more%s",
			root, classes[0], t.innerClasses(held[dataset.Whole]))
	}
	return b.Finish(called, read.Files{Root: root})
}
