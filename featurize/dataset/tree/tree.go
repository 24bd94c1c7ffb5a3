// Package tree lists data sets that are trees of class folders, with folders of the splits or without.
package tree

import (
	"path"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/level"
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
// or with a level of domains, clients or groups of classes above the class folders, as package level finds out.
// Labels are positions in the byte-sorted list of the class folders of all splits. A file root/classnames.txt may give
// names to folders, one "folder name" a line; elsewhere ImageNet's folders have the published names, and others their
// own, with blanks for underscores. Links are followed.
func open(root string, o dataset.Options) (*dataset.Set, error) {
	if !disk.IsFolder(root) {
		return nil, fault.Usagef("dataset: %s is a file; pass the folder that holds train/<class>/…", root)
	}
	if err := o.Only("folder", "class-level"); err != nil {
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
	l := &layout{Tree: t, trees: trees, top: map[dataset.Split][]string{}}
	for _, split := range inOrder {
		if sub, there := trees[split]; there && split == dataset.Whole {
			l.top[split] = top
		} else if there {
			if l.top[split], err = t.Folders(sub); err != nil {
				return nil, err
			}
		}
	}
	if err := l.find(o.ClassLevel); err != nil {
		return nil, err
	}
	classes := l.classes(inOrder...)
	switch {
	case len(classes) == 0:
		return nil, fault.Missingf("dataset: %s holds no class folders; "+
			"expected train/<class>/<image> and test/<class>/<image>%s%s", root, t.flat(), taken(trees))
	case trees[dataset.Train] != "" && len(l.classes(dataset.Test, dataset.Val)) == 0 && !o.Resplit:
		return nil, fault.Missingf("dataset: %s has train but no test folder (looked for test, val, valid, "+
			"validation, with classes)%s; --resplit divides the training images", root, t.flat())
	}
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		if err := t.unlearned(trees, split, l.classes(dataset.Train), l.classes(split)); err != nil {
			return nil, err
		}
	}
	called, err := names.OfClassFolders(&b.Remarks, root, classes)
	if err != nil {
		return nil, err
	}
	if err := l.add(b, classes); err != nil {
		return nil, err
	}
	if len(classes) == 1 {
		return nil, fault.Usagef("dataset: %s holds a single class, %q; a classifier needs two or more%s",
			root, classes[0], t.innerClasses(l.top[dataset.Whole]))
	}
	b.Name = sampleName(root)
	return b.Finish(called, read.Files{Root: root})
}

// add adds the images of all classes, class by class.
func (l *layout) add(b *dataset.Builder, classes []string) error {
	places := map[string][]level.Place{}
	for _, p := range l.places {
		places[p.Class] = append(places[p.Class], p)
	}
	for label, class := range classes {
		before := b.Len()
		for _, split := range inOrder {
			for _, p := range places[class] {
				if !l.holds(split, p.Dir) {
					continue
				}
				b.Whose(p.Client)
				if err := l.Add(b, split, path.Join(l.trees[split], p.Dir), label); err != nil {
					return err
				}
			}
		}
		if b.Len() == before {
			return fault.Missingf("dataset: class folder %q of %s holds no image (known: "+
				"jpg, png, gif, bmp, tiff, webp, ppm); fill or remove it%s",
				class, l.Root, l.innerClasses(l.top[dataset.Whole]))
		}
	}
	return nil
}
