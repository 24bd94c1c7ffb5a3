package dataset

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// splitTrees finds the folders of the splits among those in root: their names have a split's word, as splitIn finds it. Without any, the
// folders are the classes of the whole. What is left out is counted.
func (b *builder) splitTrees(root string, folders []string) (map[Split]string, error) {
	named := map[Split][]string{}
	var all []string
	flat := true // they hold images and no folders, as classes do
	for _, f := range folders {
		if split := splitIn(f); split != Whole {
			named[split], all, flat = append(named[split], f), append(all, f), flat && isFlat(root, f)
		}
	}
	whole := map[Split]string{Whole: ""}
	train := exactly(Train, named[Train])
	switch {
	case len(all) == 0:
		return whole, nil
	case len(named[Train]) == 0 && (len(named) > 1 || len(all) == len(folders)):
		return nil, fault.Missingf("dataset: %s holds %s but no train folder", root, strings.Join(all, " and "))
	case len(named) > 1 && !(flat && len(folders) > 10*len(all)): // a few words among many classes may be names
	case len(named) == 1 && train != "" && !(flat && len(folders) > 2):
	case len(folders) == 1:
	case flat:
		b.set.note("the folder %s is taken for a class, since it holds images and no folders", strings.Join(all, ", "))
		return whole, nil
	default:
		b.set.note("the folder %s is taken for a class, since no other has the name of another split", strings.Join(all, ", "))
		return whole, nil
	}
	trees := map[Split]string{}
	for split, names := range named {
		f := exactly(split, names)
		if f == "" && len(names) > 1 {
			return nil, fault.Usagef("dataset: %s has several folders for the split %s by their names, %s; rename the one to read to %s", root, split, strings.Join(names, ", "), split)
		} else if f == "" {
			f = names[0]
		}
		trees[split] = onlyInner(root, f)
		folders = slices.DeleteFunc(folders, func(other string) bool { return other == f })
	}
	for _, f := range folders {
		b.skip("folders beside those of the splits", f)
	}
	return trees, nil
}

// exactly is the name that is nothing but a split's word, the most usual of several; or "".
func exactly(split Split, names []string) string {
	for _, word := range splitWords {
		if splitOf(word) != split {
			continue
		}
		for _, same := range []func(string) bool{func(n string) bool { return n == word }, func(n string) bool { return strings.EqualFold(n, word) }} {
			if i := slices.IndexFunc(names, same); i >= 0 {
				return names[i]
			}
		}
	}
	return ""
}

// onlyInner is the name of a folder, or name/name where that is all it holds.
func onlyInner(root, name string) string {
	aside := newBuilder(root, "folder", Options{})
	inner, err := aside.classFolders(root, name)
	if err == nil && len(inner) == 1 && inner[0] == name && aside.skipped[flatImages] == nil {
		return path.Join(name, name)
	}
	return name
}

// isFlat tells whether a folder holds images and no folders.
func isFlat(root, name string) bool {
	aside := newBuilder(root, "folder", Options{})
	inner, err := aside.classFolders(root, name)
	return err == nil && len(inner) == 0 && aside.skipped[flatImages] != nil
}

// unlearned notes the classes of a split that are not trained on, and refuses a split that has no other: its folders are no classes.
func (b *builder) unlearned(root string, trees map[Split]string, split Split, trained, tested []string) error {
	var only []string
	for _, class := range tested {
		if _, there := slices.BinarySearch(trained, class); !there {
			only = append(only, class)
		}
	}
	switch {
	case len(only) == 0 || trees[Train] == "":
		return nil
	case len(only) < len(tested):
		b.set.note("%d classes are in %s but not in %s, such as %q: nothing is learned of them", len(only), trees[split], trees[Train], only[0])
		return nil
	case isFile(root, trees[split], "val_annotations.txt"):
		return fault.Missingf("dataset: %s is Tiny-ImageNet without wnids.txt; unpack that beside %s/", root, trees[Train])
	}
	return fault.Corruptf("dataset: %s: none of the folders in %s, such as %q, is a class folder of %s; name them alike, or pass a list of the images", root, trees[split], only[0], trees[Train])
}

// taken says which folders were taken for splits though their names are longer than a split's word.
func taken(trees map[Split]string) string {
	for _, split := range []Split{Train, Val, Test} {
		if f := path.Base(trees[split]); trees[split] != "" && splitOf(f) == Whole {
			return "; " + f + " is taken for the split " + string(split) + " by its name: if it is a class, rename it"
		}
	}
	return ""
}

// innerClasses names a folder, of those taken for classes, that holds folders itself: these may be the classes.
func innerClasses(root string, folders []string) string {
	for _, f := range folders {
		if inner, err := newBuilder(root, "folder", Options{}).classFolders(root, f); err == nil && len(inner) > 1 {
			return "; if the class folders are those in " + f + ", pass " + filepath.Join(root, f)
		}
	}
	return ""
}
