package tree

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
		case disk.IsFolder(t.Root, sub, name):
			folders = append(folders, name)
		case disk.IsImage(name):
			t.Skip(flatImages, path.Join(sub, name))
		case name != names.File:
			t.Skip("files outside class folders", path.Join(sub, name))
		}
	}
	return folders, nil
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
	var images []string
	for _, e := range entries {
		name := path.Join(rel, e.Name())
		if disk.Hidden(e.Name()) {
			t.Skip("hidden files", name)
			continue
		}
		kind := e.Type()
		if kind&fs.ModeSymlink != 0 {
			if info, err := os.Stat(filepath.Join(t.Root, filepath.FromSlash(name))); err == nil {
				kind = info.Mode().Type()
			}
		}
		switch {
		case kind.IsDir():
			inner, err := t.images(name, depth+1)
			if err != nil {
				return nil, err
			}
			images = append(images, inner...)
		case disk.IsImage(name): // a broken link or a pipe fails when it is read, and is counted there
			images = append(images, name)
		default:
			t.Skip("files that are no images by their names", name)
		}
	}
	return images, nil
}
