package tree

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// splits finds the folders of the splits among those in root: their names have a split's word, as dataset.SplitIn finds
// it. Without any, the folders are the classes of the whole. What is left out is counted.
func (t Tree) splits(folders []string) (map[dataset.Split]string, error) {
	named := map[dataset.Split][]string{}
	var all []string
	flat := true // they hold images and no folders, as classes do
	for _, f := range folders {
		if split := dataset.SplitIn(f); split != dataset.Whole {
			named[split], all, flat = append(named[split], f), append(all, f), flat && t.isFlat(f)
		}
	}
	whole := map[dataset.Split]string{dataset.Whole: ""}
	train := exactly(dataset.Train, named[dataset.Train])
	switch {
	case len(all) == 0:
		return whole, nil
	case len(named[dataset.Train]) == 0 && (len(named) > 1 || len(all) == len(folders)):
		return nil, fault.Missingf("dataset: %s holds %s but no train folder", t.Root, strings.Join(all, " and "))
	case len(named) > 1 && !(flat && len(folders) > 10*len(all)): // a few words among many classes may be names
	case len(named) == 1 && train != "" && !(flat && len(folders) > 2):
	case len(folders) == 1:
	case flat:
		t.Note("the folder %s is taken for a class, since it holds images and no folders", strings.Join(all, ", "))
		return whole, nil
	default:
		t.Note("the folder %s is taken for a class, since no other has the name of another split",
			strings.Join(all, ", "))
		return whole, nil
	}
	trees := map[dataset.Split]string{}
	for split, names := range named {
		f := exactly(split, names)
		if f == "" && len(names) > 1 {
			return nil, fault.Usagef("dataset: %s has several folders for the split %s by their names, %s; "+
				"rename the one to read to %s", t.Root, split, strings.Join(names, ", "), split)
		} else if f == "" {
			f = names[0]
		}
		trees[split] = t.onlyInner(f)
		folders = slices.DeleteFunc(folders, func(other string) bool { return other == f })
	}
	for _, f := range folders {
		t.Skip("folders beside those of the splits", f)
	}
	return trees, nil
}

// exactly is the name that is nothing but a split's word, the most usual of several; or "".
func exactly(split dataset.Split, names []string) string {
	for _, word := range dataset.SplitWords {
		if dataset.SplitOf(word) != split {
			continue
		}
		for _, same := range []func(string) bool{func(n string) bool { return n == word },
			func(n string) bool { return strings.EqualFold(n, word) }} {
			if i := slices.IndexFunc(names, same); i >= 0 {
				return names[i]
			}
		}
	}
	return ""
}

// onlyInner is the name of a folder, or name/name where that is all it holds.
func (t Tree) onlyInner(name string) string {
	if inner, images := t.glance(name); len(inner) == 1 && inner[0] == name && !images {
		return path.Join(name, name)
	}
	return name
}

// isFlat tells whether a folder holds images and no folders.
func (t Tree) isFlat(name string) bool {
	inner, images := t.glance(name)
	return len(inner) == 0 && images
}

// glance tells which folders lie in one, and whether images do, without a remark.
func (t Tree) glance(name string) (folders []string, images bool) {
	aside := Tree{t.Root, &dataset.Remarks{}}
	folders, err := aside.Folders(name)
	if err != nil {
		return nil, false
	}
	_, images = aside.Skipped(flatImages)
	return folders, images
}

// unlearned refuses a split that has no class that is trained on: its folders are no classes.
func (t Tree) unlearned(trees map[dataset.Split]string, split dataset.Split, trained, tested []string) error {
	var only []string
	for _, class := range tested {
		if _, there := slices.BinarySearch(trained, class); !there {
			only = append(only, class)
		}
	}
	switch {
	case len(only) < len(tested) || len(only) == 0 || trees[dataset.Train] == "":
		return nil
	case disk.IsFile(t.Root, trees[split], "val_annotations.txt"):
		return fault.Missingf("dataset: %s is Tiny-ImageNet without wnids.txt; unpack that beside %s/",
			t.Root, trees[dataset.Train])
	}
	return fault.Corruptf("dataset: %s: none of the folders in %s, such as %q, is a class folder of %s; "+
		"name them alike, or pass a list of the images", t.Root, trees[split], only[0], trees[dataset.Train])
}

// taken says which folders were taken for splits though their names are longer than a split's word.
func taken(trees map[dataset.Split]string) string {
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		if f := path.Base(trees[split]); trees[split] != "" && dataset.SplitOf(f) == dataset.Whole {
			return "; " + f + " is taken for the split " + string(split) + " by its name: if it is a class, rename it"
		}
	}
	return ""
}

// innerClasses names a folder, of those taken for classes, that holds folders itself: these may be the classes.
func (t Tree) innerClasses(folders []string) string {
	for _, f := range folders {
		if inner, _ := t.glance(f); len(inner) > 1 {
			return "; if the class folders are those in " + f + ", pass " + filepath.Join(t.Root, f)
		}
	}
	return ""
}
