package tree

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Tree looks at the class folders below a root. What it passes over goes into the remarks.
type Tree struct {
	Root string
	*dataset.Remarks
}

// flatImages is why images that lie beside class folders are left out.
const flatImages = "images outside class folders"

// Folders returns those in a folder of the root, sorted.
func (t Tree) Folders(sub string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(t.Root, sub))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var folders []string
	for _, e := range entries {
		switch name := e.Name(); {
		case disk.Hidden(name):
			if disk.Junk(name) {
				t.Skip(disk.WhyHidden(name), path.Join(sub, name))
			}
		case disk.IsFolder(t.Root, sub, name):
			folders = append(folders, name)
		case disk.IsImage(name):
			t.Skip(flatImages, path.Join(sub, name))
		case name != names.File && name != sampleMarker:
			t.Skip("files outside class folders", path.Join(sub, name))
		}
	}
	return t.withoutMasks(sub, folders), nil
}

// withoutMasks drops the folders of masks among those in a folder.
func (t Tree) withoutMasks(sub string, folders []string) []string {
	for _, mask := range disk.MaskFolders(folders) {
		t.Skip(disk.Masks, path.Join(sub, mask))
		folders = slices.DeleteFunc(folders, func(f string) bool { return f == mask })
	}
	return folders
}

// flat says what images without class folders need.
func (t Tree) flat() string {
	first, some := t.Skipped(flatImages)
	switch {
	case !some:
		return ""
	case strings.HasPrefix(path.Base(first), "ILSVRC2012_val_"):
		return "; the validation images lie flat, and their names do not tell their classes: " +
			"move them to val/<wnid>/, as the script valprep.sh does, or pass a list such as ImageNet_LT_test.txt"
	}
	return "; " + first + " lies in no class folder: where a list has the labels, pass the list"
}

// Add adds the images below a folder of the root, sorted by name.
func (t Tree) Add(b *dataset.Builder, split dataset.Split, rel string, label int) error {
	images, err := t.images(rel, 0)
	if err != nil {
		return err
	}
	sort.Strings(images)
	for _, name := range images {
		if err := b.Add(split, name, label, dataset.Place{}); err != nil {
			return err
		}
	}
	return nil
}

// images returns the images below a folder.
func (t Tree) images(rel string, depth int) ([]string, error) {
	if depth > disk.MaxDepth {
		return nil, fault.Corruptf("dataset: %s is nested more than %d folders deep; does a link lead back?",
			rel, disk.MaxDepth)
	}
	entries, err := os.ReadDir(filepath.Join(t.Root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var images, folders []string
	for _, e := range entries {
		name := path.Join(rel, e.Name())
		switch {
		case disk.Hidden(e.Name()):
			t.Skip(disk.WhyHidden(e.Name()), name)
		case disk.IsFolderEntry(filepath.Join(t.Root, filepath.FromSlash(rel)), e):
			folders = append(folders, e.Name())
		case disk.IsImage(name): // a broken link or a pipe fails when it is read, and is counted there
			images = append(images, name)
		default:
			t.Skip("files that are no images by their names", name)
		}
	}
	images = t.withoutMaskFiles(images)
	for _, f := range t.withoutMasks(rel, folders) {
		inner, err := t.images(path.Join(rel, f), depth+1)
		if err != nil {
			return nil, err
		}
		images = append(images, inner...)
	}
	return images, nil
}

// withoutMaskFiles drops the masks among the images of a folder: x_mask.png beside x.png.
func (t Tree) withoutMaskFiles(images []string) []string {
	if !slices.ContainsFunc(images, func(name string) bool { return disk.MaskOf(name) != "" }) {
		return images
	}
	stems := map[string]bool{}
	for _, name := range images {
		stems[strings.TrimSuffix(name, path.Ext(name))] = true
	}
	return slices.DeleteFunc(images, func(name string) bool {
		mask := stems[disk.MaskOf(name)]
		if mask {
			t.Skip(disk.Masks, name)
		}
		return mask
	})
}
