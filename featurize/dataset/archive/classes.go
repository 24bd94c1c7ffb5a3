package archive

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// divisions are files by which published sets are divided, labelled or named.
var divisions = []string{
	"meta/train.txt", "meta/test.txt", "labels/train1.txt", "labels/test1.txt", "wnids.txt", "val/val_annotations.txt",
	"images_variant_test.txt", "annotations/trainval.txt", "annotations/test.txt",
	"train_list.mat", "test_list.mat", "cars_train_annos.mat",
}

// notImage says why a member of a tree that is no image is left out.
func notImage(name string) string {
	for _, d := range divisions {
		if name == d || strings.HasSuffix(name, "/"+d) {
			return "lists of the set's own division or labels, " +
				"which are not read from archives (unpack the archive for them)"
		}
	}
	return "files that are no images by their names"
}

// foreign refuses a split none of whose classes the training images have: its folders are no classes then, as in
// Tiny-ImageNet, whose validation images lie in one folder.
func foreign(b *dataset.Builder, branches []branch) error {
	held := map[dataset.Split]map[string]bool{dataset.Train: {}, dataset.Val: {}, dataset.Test: {}, dataset.Whole: {}}
	for _, br := range branches {
		if br.lost == "" {
			held[br.split][br.path[0]] = true
		}
	}
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		var only []string
		for _, class := range slices.Sorted(maps.Keys(held[split])) {
			if !held[dataset.Train][class] {
				only = append(only, class)
			}
		}
		if !b.Options.Resplit && len(only) > 0 && len(only) == len(held[split]) && len(held[dataset.Train]) > 0 {
			return fault.Usagef("dataset: %s: no folder of %s is one of train's; "+
				"%s is no class, or a new one: unpack the archive if a list in it has the labels, "+
				"or pass --resplit to divide all images anew", b.Root, split, only[0])
		}
	}
	return nil
}

// classesOf numbers the classes of branches, in the byte order of their folders.
func classesOf(b *dataset.Builder, branches []branch) ([]group, []string, error) {
	var folders []string
	for _, br := range branches {
		if br.lost == "" {
			folders = append(folders, br.path[0])
		}
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	groups := make([]group, len(branches))
	if err := foreign(b, branches); err != nil {
		return nil, nil, err
	}
	for i, br := range branches {
		groups[i] = group{split: br.split, client: br.client, reason: br.lost}
		if br.lost == "" {
			groups[i].label, _ = slices.BinarySearch(folders, br.path[0])
		}
	}
	root := b.Root
	if !disk.IsFolder(root) {
		root = filepath.Dir(root)
	}
	called, err := names.OfClassFolders(&b.Remarks, root, folders)
	if err != nil {
		return nil, nil, err
	}
	return groups, called, nil
}
