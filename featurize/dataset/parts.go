package dataset

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// splitFile is one of the files that a set is kept in.
type splitFile struct {
	name   string // relative to the root, with slashes; "" if the root is the file
	split  Split
	folder Split // what its folders say
}

func (f splitFile) path(root string) string { return filepath.Join(root, filepath.FromSlash(f.name)) }

// base is root if that is the file, else its name.
func (f splitFile) base(root string) string { return path.Base(filepath.ToSlash(f.path(root))) }

// splitFiles finds the files of a set, sorted by name: root itself, or the fitting files in it and in folders up to two levels below. Their
// names give the splits, or else those of their folders. Where all say the same, they are the whole set. Where only some have a split, the
// others are left out: sets bring further ones, of altered or unlabelled images.
func splitFiles(root, format string, r *Remarks, fits func(string) bool) ([]splitFile, error) {
	if !isFolder(root) {
		return []splitFile{{}}, nil
	}
	names, err := filesBelow(root, "", 2, fits)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.Missingf("dataset: %s holds no files of the format %s", root, format)
	}
	slices.Sort(names)
	var files []splitFile
	seen := map[Split]bool{}
	for _, name := range names {
		f := splitFile{name: name}
		for dir := path.Dir(name); dir != "." && f.folder == Whole; dir = path.Dir(dir) {
			f.folder = splitIn(path.Base(dir))
		}
		if f.split = splitIn(path.Base(name)); f.split == Whole {
			f.split = f.folder
		}
		files, seen[f.split] = append(files, f), true
	}
	if len(seen) == 1 {
		if files[0].split != Whole {
			r.Note("all files are of the split %s by their names; they are taken for the whole set", files[0].split)
		}
		for i := range files {
			files[i].split = Whole
		}
	}
	return slices.DeleteFunc(files, func(f splitFile) bool {
		if len(seen) > 1 && f.split == Whole {
			r.Skip("files that belong to no split by their names", f.name)
			return true
		}
		return false
	}), nil
}

// oneFolder refuses files of several folders, those of splits apart: variants of a set in a repository for them all.
func oneFolder(root string, files []splitFile) error {
	var folders []string
	for _, f := range files {
		dir := path.Dir(f.name)
		for splitIn(path.Base(dir)) != Whole {
			dir = path.Dir(dir)
		}
		folders = append(folders, dir)
	}
	slices.Sort(folders)
	if folders = slices.Compact(folders); len(folders) > 1 {
		return fault.Usagef("dataset: %s holds several sets, in its folders %s; pass one of them", root, strings.Join(folders, ", "))
	}
	return nil
}
