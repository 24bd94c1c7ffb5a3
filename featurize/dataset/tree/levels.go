package tree

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/level"
	"github.com/fedpurel/fedpurel/train/fault"
)

// inOrder are the splits in one order, so that notes are the same each time.
var inOrder = []dataset.Split{dataset.Whole, dataset.Train, dataset.Val, dataset.Test}

// layout is where a tree has its splits and classes.
type layout struct {
	Tree
	trees  map[dataset.Split]string
	top    map[dataset.Split][]string // the folders of the first level
	places []level.Place
	seen   map[string]level.Folder
}

// find finds the class folders of all splits: those of the first level, or of the level that the option names or that
// the names show.
func (l *layout) find(option int) (err error) {
	var top []string
	segments := map[int]bool{}
	for split, folders := range l.top {
		top = append(top, folders...)
		segments[len(strings.FieldsFunc(l.trees[split], func(r rune) bool { return r == '/' }))] = true
	}
	slices.Sort(top)
	f := level.Finder{Remarks: l.Remarks, Root: l.Root, Option: option, Look: l.look(inOrder...)}
	if l.trees[dataset.Train] != "" {
		f.Train = l.look(dataset.Train)
	}
	if len(segments) == 1 {
		for n := range segments {
			f.Pattern = "^" + strings.Repeat("[^/]+/", n) + "([^/]+)/"
		}
	}
	l.seen = map[string]level.Folder{}
	l.places, err = f.Classes(slices.Compact(top))
	return err
}

// look looks at a folder as it is in some splits together.
func (l *layout) look(splits ...dataset.Split) level.Look {
	return func(dir string) (all level.Folder, err error) {
		for _, split := range splits {
			if !l.holds(split, dir) {
				continue
			}
			in, err := l.lookAt(path.Join(l.trees[split], dir))
			if err != nil {
				return all, err
			}
			all.Images += in.Images
			all.Folders = append(all.Folders, in.Folders...)
		}
		slices.Sort(all.Folders)
		all.Folders = slices.Compact(all.Folders)
		return all, nil
	}
}

// holds tells whether a split has a folder.
func (l *layout) holds(split dataset.Split, dir string) bool {
	sub, there := l.trees[split]
	first, _, inner := strings.Cut(dir, "/")
	return there && slices.Contains(l.top[split], first) && (!inner || disk.IsFolder(l.Root, sub, dir))
}

// classes are the classes that a split has folders of, sorted.
func (l *layout) classes(splits ...dataset.Split) (classes []string) {
	for _, p := range l.places {
		if slices.ContainsFunc(splits, func(s dataset.Split) bool { return l.holds(s, p.Dir) }) {
			classes = append(classes, p.Class)
		}
	}
	slices.Sort(classes)
	return slices.Compact(classes)
}

// lookAt looks at a folder.
func (l *layout) lookAt(rel string) (in level.Folder, err error) {
	if in, known := l.seen[rel]; known {
		return in, nil
	}
	dir := filepath.Join(l.Root, filepath.FromSlash(rel))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return in, fault.Missingf("dataset: %w", err)
	}
	for _, e := range entries {
		switch {
		case disk.Hidden(e.Name()):
		case disk.IsFolderEntry(dir, e):
			if holdImages(filepath.Join(dir, e.Name()), 0) {
				in.Folders = append(in.Folders, e.Name())
			}
		case disk.IsImage(e.Name()):
			in.Images++
		}
	}
	masks := disk.MaskFolders(in.Folders)
	in.Folders = slices.DeleteFunc(in.Folders, func(f string) bool { return slices.Contains(masks, f) })
	l.seen[rel] = in
	return in, nil
}

// holdImages tells whether there are images in a folder or below. What cannot be read has some, so that reading it is
// tried and says why not.
func holdImages(dir string, depth int) bool {
	entries, err := os.ReadDir(dir)
	if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return !disk.Hidden(e.Name()) && disk.IsImage(e.Name()) && !e.IsDir()
	}) {
		return true
	}
	return depth < disk.MaxDepth && slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return !disk.Hidden(e.Name()) && disk.IsFolderEntry(dir, e) &&
			holdImages(filepath.Join(dir, e.Name()), depth+1)
	})
}
