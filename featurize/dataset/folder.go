package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// FolderOptions say how a folder is read.
type FolderOptions struct {
	TestFraction float64 // share of each class that becomes the test split of a tree without splits, in (0,1)
	Seed         uint64  // of that division
}

// DefaultFolderOptions hold out a fifth.
func DefaultFolderOptions() FolderOptions { return FolderOptions{TestFraction: 0.2, Seed: 1} }

// extensions of files that count as images. What a file really is shows when it is decoded.
var extensions = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".png": true, ".bmp": true, ".gif": true, ".tif": true, ".tiff": true, ".webp": true,
}

// maxDepth bounds folders within a class folder, and with them loops of symbolic links.
const maxDepth = 16

// maxFile bounds the bytes of one image file.
const maxFile = 1 << 30

// folder is a tree of class folders.
type folder struct {
	root    string
	classes []string
	items   map[Split][]Item
}

// Folder lists a data set of the form
//
//	root/train/<class>/**   root/test/<class>/**     (val, valid or validation serve as test where test is absent)
//	root/<class>/**                                  (divided into train and test per class, by seed)
//
// Labels are positions in the byte-sorted list of the class folders of all splits. A file root/classnames.txt may give
// names to folders, one "folder name" a line; elsewhere the folder's name is used, with blanks for underscores. Hidden
// files and folders are skipped, links are followed.
func Folder(root string, o FolderOptions) (Source, error) {
	if !(o.TestFraction > 0 && o.TestFraction < 1) {
		return nil, fault.Usagef("dataset: test fraction %v must lie between 0 and 1", o.TestFraction)
	}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Missingf("dataset: %s does not exist; pass the folder that holds train/<class>/…", root)
	case err != nil:
		return nil, fault.Missingf("dataset: %w", err)
	case !info.IsDir():
		return nil, fault.Usagef("dataset: %s is a file; pass the folder that holds train/<class>/…", root)
	}
	train, test := "train", firstFolder(root, "test", "val", "valid", "validation")
	single := firstFolder(root, "train") == ""
	if single {
		train, test = "", ""
	} else if test == "" {
		return nil, fault.Missingf("dataset: %s has train but no test folder (looked for test, val, valid, validation)", root)
	}
	f := &folder{root: root, items: map[Split][]Item{}}
	trees := map[Split]map[string][]string{}
	names := map[string]bool{}
	for split, sub := range map[Split]string{Train: train, Test: test} {
		if single && split == Test {
			continue
		}
		if trees[split], err = f.classFolders(sub); err != nil {
			return nil, err
		}
		for class := range trees[split] {
			names[class] = true
		}
	}
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	if err := f.check(sorted, trees); err != nil {
		return nil, err
	}
	for label, class := range sorted {
		for split, tree := range trees {
			for _, name := range tree[class] {
				f.items[split] = append(f.items[split], Item{name, int32(label), filepath.Join(root, filepath.FromSlash(name))})
			}
		}
	}
	if single {
		f.divide(len(sorted), o)
	}
	if len(f.items[Train]) == 0 || len(f.items[Test]) == 0 {
		return nil, fault.Missingf("dataset: %s has %d training and %d test images; both are needed", root, len(f.items[Train]), len(f.items[Test]))
	}
	f.classes, err = classNames(root, sorted)
	return f, err
}

func firstFolder(root string, names ...string) string {
	for _, n := range names {
		if info, err := os.Stat(filepath.Join(root, n)); err == nil && info.IsDir() {
			return n
		}
	}
	return ""
}

// check refuses sets that cannot be learned from.
func (f *folder) check(classes []string, trees map[Split]map[string][]string) error {
	if len(classes) == 0 {
		return fault.Missingf("dataset: %s holds no class folders; expected train/<class>/<image> and test/<class>/<image>", f.root)
	}
	if len(classes) == 1 {
		return fault.Usagef("dataset: %s holds a single class, %q; a classifier needs two or more", f.root, classes[0])
	}
	for _, class := range classes {
		n := 0
		for _, tree := range trees {
			n += len(tree[class])
		}
		if n == 0 {
			return fault.Missingf("dataset: class folder %q of %s holds no image (known: jpg, png, gif, bmp, tiff, webp); fill or remove it", class, f.root)
		}
	}
	return nil
}

// classFolders returns the images of every class folder of root/sub, sorted by name.
func (f *folder) classFolders(sub string) (map[string][]string, error) {
	entries, err := os.ReadDir(filepath.Join(f.root, sub))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	tree := map[string][]string{}
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		rel := path.Join(sub, e.Name())
		info, err := os.Stat(filepath.Join(f.root, filepath.FromSlash(rel)))
		if err != nil || !info.IsDir() { // a stray file or a broken link
			continue
		}
		images, err := f.list(rel, 0)
		if err != nil {
			return nil, err
		}
		sort.Strings(images)
		tree[e.Name()] = images
	}
	return tree, nil
}

// list returns the images below a folder.
func (f *folder) list(rel string, depth int) ([]string, error) {
	if depth > maxDepth {
		return nil, fault.Corruptf("dataset: %s is nested more than %d folders deep; does a link lead back?", rel, maxDepth)
	}
	entries, err := os.ReadDir(filepath.Join(f.root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var images []string
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		name := path.Join(rel, e.Name())
		kind := e.Type()
		if kind&fs.ModeSymlink != 0 {
			if info, err := os.Stat(filepath.Join(f.root, filepath.FromSlash(name))); err == nil {
				kind = info.Mode().Type()
			}
		}
		switch {
		case kind.IsDir():
			inner, err := f.list(name, depth+1)
			if err != nil {
				return nil, err
			}
			images = append(images, inner...)
		case extensions[strings.ToLower(path.Ext(name))]: // a broken link or a pipe fails when it is read, and is counted there
			if strings.ContainsAny(name, "\n\r") {
				return nil, fault.Corruptf("dataset: the file name %q holds a line break; rename it", name)
			}
			images = append(images, name)
		}
	}
	return images, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || name == "__MACOSX" }

// divide moves round(fraction·n) of the n images of each class to the test split, at least one of them, never the last.
func (f *folder) divide(classes int, o FolderOptions) {
	byClass := make([][]Item, classes)
	for _, it := range f.items[Train] {
		byClass[it.Label] = append(byClass[it.Label], it)
	}
	f.items = map[Split][]Item{}
	for c, items := range byClass {
		n := len(items)
		k := min(max(int(math.RoundToEven(o.TestFraction*float64(n))), 1), n-1)
		held := make([]bool, n)
		for _, i := range seed.Root(o.Seed).Stream(seed.Split, uint64(c)).Perm(n)[:k] {
			held[i] = true
		}
		for i, it := range items {
			split := Train
			if held[i] {
				split = Test
			}
			f.items[split] = append(f.items[split], it)
		}
	}
}

func (f *folder) Classes() []string          { return f.classes }
func (f *folder) Len(split Split) int        { return len(f.items[split]) }
func (f *folder) At(split Split, i int) Item { return f.items[split][i] }

// Read refuses what is not a plain file, and files beyond any picture's size.
func (f *folder) Read(it Item) ([]byte, error) {
	info, err := os.Stat(it.path)
	if err != nil {
		return nil, fault.Missingf("%w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.Corruptf("it is not a file")
	}
	if info.Size() > maxFile {
		return nil, fault.Corruptf("the file has %d bytes, more than any picture", info.Size())
	}
	data, err := os.ReadFile(it.path)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return data, nil
}
