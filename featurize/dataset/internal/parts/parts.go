// Package parts finds the files that a set is kept in where it has several, archives or tables, and tells by their
// names which split each is of.
package parts

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// File is one of the files that a set is kept in.
type File struct {
	Name   string // relative to the root, with slashes; "" if the root is the file
	Split  dataset.Split
	folder dataset.Split // what its folders say
}

// Path is where the file is.
func (f File) Path(root string) string { return filepath.Join(root, filepath.FromSlash(f.Name)) }

// Base is root if that is the file, else its name.
func (f File) Base(root string) string { return path.Base(filepath.ToSlash(f.Path(root))) }

// Find finds the files of a set, sorted by name: root itself, or the fitting files in it and in folders up to two
// levels below. Their names give the splits, or else those of their folders. Where all say the same, they are the whole
// set. Where only some have a split, the others are left out: sets bring further ones, of altered or unlabelled images.
func Find(root, format string, r *dataset.Remarks, fits func(string) bool) ([]File, error) {
	if !disk.IsFolder(root) {
		return []File{{}}, nil
	}
	names, err := disk.Below(root, "", 2, fits)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.Missingf("dataset: %s holds no files of the format %s", root, format)
	}
	slices.Sort(names)
	var files []File
	seen := map[dataset.Split]bool{}
	for _, name := range names {
		f := File{Name: name}
		for dir := path.Dir(name); dir != "." && f.folder == dataset.Whole; dir = path.Dir(dir) {
			f.folder = dataset.SplitIn(path.Base(dir))
		}
		if f.Split = dataset.SplitIn(path.Base(name)); f.Split == dataset.Whole {
			f.Split = f.folder
		}
		files, seen[f.Split] = append(files, f), true
	}
	if len(seen) == 1 {
		if files[0].Split != dataset.Whole {
			r.Note("all files are of the split %s by their names; they are taken for the whole set", files[0].Split)
		}
		for i := range files {
			files[i].Split = dataset.Whole
		}
	}
	return slices.DeleteFunc(files, func(f File) bool {
		if len(seen) > 1 && f.Split == dataset.Whole {
			r.Skip("files that belong to no split by their names", f.Name)
			return true
		}
		return false
	}), nil
}

// OneFolder refuses files of several folders, those of splits apart: variants of a set in a repository for them all.
func OneFolder(root string, files []File) error {
	var folders []string
	for _, f := range files {
		dir := path.Dir(f.Name)
		for dataset.SplitIn(path.Base(dir)) != dataset.Whole {
			dir = path.Dir(dir)
		}
		folders = append(folders, dir)
	}
	slices.Sort(folders)
	if folders = slices.Compact(folders); len(folders) > 1 {
		return fault.Usagef("dataset: %s holds several sets, in its folders %s; pass one of them",
			root, strings.Join(folders, ", "))
	}
	return nil
}
