package dataset

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/fedpurel/fedpurel/train/fault"
)

var folderFormat = Format{
	"folder", "train/<class>/… and test/<class>/… (or val), or <class>/… alone; classnames.txt may name the classes",
	func(root string, _ Options) bool { return isFolder(root) }, openFolder,
}

// extensions of files that count as images. What a file really is shows when it is decoded.
var extensions = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".bmp": true, ".gif": true, ".tif": true, ".tiff": true, ".webp": true,
	".ppm": true, ".pgm": true, ".pnm": true,
}

func isImage(name string) bool { return extensions[strings.ToLower(path.Ext(name))] }

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
//	root/train/<class>/**   root/test/<class>/**   root/val/<class>/**   (or such as Training, test_set, seg_train/seg_train)
//	root/<class>/**
//
// Labels are positions in the byte-sorted list of the class folders of all splits. A file root/classnames.txt may give
// names to folders, one "folder name" a line; elsewhere ImageNet's folders have the published names, and others their own, with blanks
// for underscores. Links are followed.
//
// A list beside the folders is not read, but named.
func openFolder(root string, o Options) (*set, error) {
	s, err := classTree(root, o)
	list, doubt := guessList(root, o)
	switch table := tableIn(root); {
	case err == nil && o.Format == "" && doubt != "":
		s.note("%s is not taken for a list of the images: %s; --format manifest reads it", list, doubt)
	case err == nil:
	case doubt != "":
		err = fmt.Errorf("%w; %s is not taken for a list of the images: %s; --format manifest reads it", err, list, doubt)
	case list != "":
		err = fmt.Errorf("%w; --format manifest reads the list %s", err, list)
	case table != "":
		err = fmt.Errorf("%w; if %s lists the images, pass it, with --format manifest and --labels for a column of labels", err, filepath.Join(root, table))
	}
	return s, err
}

// classTree is openFolder, whatever lists there are.
func classTree(root string, o Options) (*set, error) {
	if !isFolder(root) {
		return nil, fault.Usagef("dataset: %s is a file; pass the folder that holds train/<class>/…", root)
	}
	if err := o.only("folder"); err != nil {
		return nil, err
	}
	b := newBuilder(root, "folder", o)
	top, err := b.classFolders(root, "")
	if err != nil {
		return nil, err
	}
	trees, err := b.splitTrees(root, slices.Clone(top))
	if err != nil {
		return nil, err
	}
	held := map[Split][]string{Whole: top} // class folders
	var classes []string
	for _, split := range []Split{Whole, Train, Val, Test} { // in one order, so that notes are the same each time
		sub, there := trees[split]
		if !there {
			delete(held, split)
			continue
		}
		if split != Whole {
			if held[split], err = b.classFolders(root, sub); err != nil {
				return nil, err
			}
		}
		classes = append(classes, held[split]...)
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	switch {
	case len(classes) == 0:
		return nil, fault.Missingf("dataset: %s holds no class folders; expected train/<class>/<image> and test/<class>/<image>%s%s", root, b.flat(), taken(trees))
	case trees[Train] != "" && len(held[Test])+len(held[Val]) == 0 && !o.Resplit:
		return nil, fault.Missingf("dataset: %s has train but no test folder (looked for test, val, valid, validation, with classes)%s; --resplit divides the training images", root, b.flat())
	}
	for _, split := range []Split{Val, Test} {
		if err := b.unlearned(root, trees, split, held[Train], held[split]); err != nil {
			return nil, err
		}
	}
	names, err := classNames(root, classes)
	if err != nil {
		return nil, err
	}
	b.dubious(classes, names)
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
			return nil, fault.Missingf("dataset: class folder %q of %s holds no image (known: jpg, png, gif, bmp, tiff, webp, ppm); fill or remove it%s", class, root, innerClasses(root, held[Whole]))
		}
	}
	if len(classes) == 1 {
		return nil, fault.Usagef("dataset: %s holds a single class, %q; a classifier needs two or more%s", root, classes[0], innerClasses(root, held[Whole]))
	}
	return b.finish(names, loose{root})
}

// flatImages is why images that lie beside class folders are left out.
const flatImages = "images outside class folders"

// classFolders returns the folders in root/sub, sorted.
func (b *builder) classFolders(root, sub string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, sub))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var folders []string
	for _, e := range entries {
		switch name := e.Name(); {
		case hidden(name):
		case isFolder(root, sub, name):
			folders = append(folders, name)
		case extensions[lowerExt(name)]:
			b.skip(flatImages, path.Join(sub, name))
		case name != NamesFile:
			b.skip("files outside class folders", path.Join(sub, name))
		}
	}
	return folders, nil
}

// flat says what images without class folders need.
func (b *builder) flat() string {
	s := b.skipped[flatImages]
	switch {
	case s == nil:
		return ""
	case strings.HasPrefix(path.Base(s.first), "ILSVRC2012_val_"):
		return "; the validation images lie flat, and their names do not tell their classes: move them to val/<wnid>/, as the script valprep.sh does, or pass a list such as ImageNet_LT_test.txt"
	}
	return "; " + s.first + " lies in no class folder: where a list has the labels, pass the list"
}

// dubious notes classes that a user should look at.
func (b *builder) dubious(folders, names []string) {
	alike := map[string]string{}
	nameless := skips{}
	for i, f := range folders {
		key := strings.ToLower(norm.NFKC.String(strings.TrimSpace(f)))
		if other, ok := alike[key]; ok {
			b.set.note("the class folders %+q and %+q look alike; they are two classes", other, f)
		}
		alike[key] = f
		if !utf8.ValidString(f) {
			b.set.note("the name of class folder %+q is not UTF-8: its prompt will have gaps; name it in %s", f, NamesFile)
		}
		if isWordNet(names[i]) {
			nameless = skips{nameless.n + 1, f}
		}
	}
	if nameless.n > 0 {
		b.set.note("%d classes have no name but their WordNet id, such as %s; name them in %s", nameless.n, nameless.first, NamesFile)
	}
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
		case isImage(name): // a broken link or a pipe fails when it is read, and is counted there
			images = append(images, name)
		default:
			b.skip("files that are no images by their names", name)
		}
	}
	return images, nil
}
