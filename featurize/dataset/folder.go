package dataset

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

var folderFormat = Format{
	"folder", "train/<class>/… and test/<class>/… (or val), or <class>/… alone; classnames.txt may name the classes",
	func(root string) bool { return isFolder(root) }, openFolder,
}

// extensions of files that count as images. What a file really is shows when it is decoded.
var extensions = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".bmp": true, ".gif": true, ".tif": true, ".tiff": true, ".webp": true,
	".ppm": true, ".pgm": true, ".pnm": true,
}

// maxDepth bounds folders within a class folder, and with them loops of symbolic links.
const maxDepth = 16

// hidden files and folders are other programs' business: .DS_Store, ._name.jpg, .ipynb_checkpoints, __MACOSX.
func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// Folder is Open for a tree of class folders.
func Folder(root string, o Options) (Source, error) {
	o.Format = folderFormat.Name
	return Open(root, o)
}

// openFolder lists a data set of the form
//
//	root/train/<class>/**   root/test/<class>/**   root/val/<class>/**   (or valid, validation)
//	root/<class>/**
//
// Labels are positions in the byte-sorted list of the class folders of all splits. A file root/classnames.txt may give
// names to folders, one "folder name" a line; elsewhere the folder's name is used, with blanks for underscores. Links are followed.
func openFolder(root string, o Options) (*set, error) {
	if !isFolder(root) {
		return nil, fault.Usagef("dataset: %s is a file; pass the folder that holds train/<class>/…", root)
	}
	if err := o.only("folder"); err != nil {
		return nil, err
	}
	b := newBuilder(root, "folder", o)
	trees := map[Split]string{Train: firstFolder(root, "train", "training"), Val: firstFolder(root, "val", "valid", "validation"), Test: firstFolder(root, "test", "testing")}
	if trees[Train] == "" {
		trees = map[Split]string{Whole: ""}
	}
	held := map[Split][]string{} // class folders
	var classes []string
	for split, sub := range trees {
		if sub == "" && len(trees) > 1 {
			continue
		}
		folders, err := classFolders(root, sub)
		if err != nil {
			return nil, err
		}
		held[split], classes = folders, append(classes, folders...)
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	switch {
	case len(classes) == 0:
		return nil, fault.Missingf("dataset: %s holds no class folders; expected train/<class>/<image> and test/<class>/<image>", root)
	case len(trees) > 1 && len(held[Test])+len(held[Val]) == 0:
		return nil, fault.Missingf("dataset: %s has train but no test folder (looked for test, val, valid, validation, with classes)", root)
	}
	names, err := classNames(root, classes)
	if err != nil {
		return nil, err
	}
	for label, class := range classes {
		before := b.set.items.len()
		for _, split := range []Split{Whole, Train, Val, Test} {
			if slices.Contains(held[split], class) {
				if err := b.tree(split, root, path.Join(trees[split], class), label); err != nil {
					return nil, err
				}
			}
		}
		if b.err == nil && b.set.items.len() == before {
			return nil, fault.Missingf("dataset: class folder %q of %s holds no image (known: jpg, png, gif, bmp, tiff, webp, ppm); fill or remove it", class, root)
		}
	}
	if len(classes) == 1 {
		return nil, fault.Usagef("dataset: %s holds a single class, %q; a classifier needs two or more", root, classes[0])
	}
	return b.finish(names, loose{root})
}

// classFolders returns the folders in root/sub, sorted.
func classFolders(root, sub string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, sub))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var folders []string
	for _, e := range entries {
		if !hidden(e.Name()) && isFolder(root, sub, e.Name()) { // else a stray file or a broken link
			folders = append(folders, e.Name())
		}
	}
	return folders, nil
}

// tree adds the images below root/rel, sorted by name.
func (b *builder) tree(split Split, root, rel string, label int) error {
	images, err := b.list(root, rel, 0)
	if err != nil {
		return err
	}
	sort.Strings(images)
	for _, name := range images {
		b.add(split, name, label, place{})
	}
	return b.err
}

// list returns the images below a folder.
func (b *builder) list(root, rel string, depth int) ([]string, error) {
	if depth > maxDepth {
		return nil, fault.Corruptf("dataset: %s is nested more than %d folders deep; does a link lead back?", rel, maxDepth)
	}
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var images []string
	for _, e := range entries {
		name := path.Join(rel, e.Name())
		if hidden(e.Name()) {
			b.skip("hidden files", name)
			continue
		}
		kind := e.Type()
		if kind&fs.ModeSymlink != 0 {
			if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err == nil {
				kind = info.Mode().Type()
			}
		}
		switch {
		case kind.IsDir():
			inner, err := b.list(root, name, depth+1)
			if err != nil {
				return nil, err
			}
			images = append(images, inner...)
		case extensions[strings.ToLower(path.Ext(name))]: // a broken link or a pipe fails when it is read, and is counted there
			images = append(images, name)
		default:
			b.skip("files that are no images by their names", name)
		}
	}
	return images, nil
}
