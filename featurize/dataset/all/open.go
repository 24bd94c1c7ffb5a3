// Package all opens any data set: it has the table of formats, finds out which one a folder or file is of, and is the
// only one to know all rooms.
package all

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Open lists a data set: a folder, or a file that describes or holds one. The format is the option's, or the first of
// the table that recognises it. A folder that holds nothing but another folder stands for it.
func Open(root string, o dataset.Options) (dataset.Source, error) {
	if !(o.TestFraction > 0 && o.TestFraction < 1) {
		return nil, fault.Usagef("dataset: test fraction %v must lie between 0 and 1", o.TestFraction)
	}
	if o.Val != "" && o.Val != "train" {
		return nil, fault.Usagef("dataset: validation images: %q is not train", o.Val)
	}
	if o.ClassLevel < 0 || o.ClassLevel > disk.MaxDepth {
		return nil, fault.Usagef("dataset: class level %d: want 1, the first level of folders, to %d",
			o.ClassLevel, disk.MaxDepth)
	}
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Missingf("dataset: %s does not exist; pass the data set's folder or file", root)
	} else if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	root = innermost(root)
	sets, formats, others := setsIn(root, o)
	if len(formats) > 1 && o.Format == "" { // of one format, it is that format's business
		return nil, fault.Usagef("dataset: %s holds several data sets, %s; pass the folder of the one you mean",
			root, strings.Join(sets, ", "))
	}
	for _, f := range Formats {
		if f.Name == o.Format || (o.Format == "" && f.Is(root, o)) {
			s, err := f.Open(root, o)
			if err != nil {
				return nil, err
			}
			if within := s.Root() != root || f.Inside; len(sets) == 1 && formats[f.Name] && within && len(others) > 0 {
				s.Note("of %s only %s is read; beside it lies %s",
					filepath.Base(root), sets[0], strings.Join(others, ", "))
			}
			return s, nil
		}
	}
	if o.Format != "" {
		return nil, fault.Unknown("dataset: unknown format", o.Format, FormatNames())
	}
	if packed := []string{".zip", ".xz", ".bz2", ".zst", ".7z", ".rar", ".txz", ".tbz2"}; slices.Contains(packed,
		disk.LowerExt(root)) {
		return nil, fault.Usagef("dataset: %s is an archive of a kind that is not read; "+
			"unpack it and pass the folder (.tar and .tar.gz are read as they are)", root)
	}
	return nil, fault.Usagef("dataset: %s is a file of no known kind; "+
		"pass a folder of images, or one of these formats: %s", root, strings.Join(FormatNames(), ", "))
}

// setsIn lists the folders in root that are data sets of their own, "name (format)", with their formats, and the other
// folders. Splits count for neither.
func setsIn(root string, o dataset.Options) (sets []string, formats map[string]bool, others []string) {
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) > 32 { // so many are classes
		return nil, nil, nil
	}
	formats = map[string]bool{}
	for _, e := range entries {
		if disk.Hidden(e.Name()) || dataset.SplitOf(e.Name()) != dataset.Whole || !disk.IsFolder(root, e.Name()) {
			continue
		}
		i := slices.IndexFunc(Formats, func(f dataset.Format) bool {
			return !f.Loose && f.Is(filepath.Join(root, e.Name()), o)
		})
		if i < 0 {
			others = append(others, e.Name())
			continue
		}
		sets, formats[Formats[i].Name] = append(sets, e.Name()+" ("+Formats[i].Name+")"), true
	}
	return sets, formats, others
}

// innermost goes down while a folder holds a single folder and nothing else, as unpacked archives often do.
func innermost(root string) string {
	for range disk.MaxDepth {
		entries, err := os.ReadDir(root)
		if err != nil {
			return root
		}
		inner, others := "", 0
		for _, e := range entries {
			if disk.Hidden(e.Name()) {
				continue
			}
			if info, err := os.Stat(filepath.Join(root, e.Name())); err == nil && info.IsDir() {
				inner = e.Name()
			}
			others++
		}
		if others != 1 || inner == "" || dataset.SplitOf(inner) != dataset.Whole {
			return root
		}
		root = filepath.Join(root, inner)
	}
	return root
}

// Folder is Open for a tree of class folders.
func Folder(root string, o dataset.Options) (dataset.Source, error) {
	o.Format = folderFormat.Name
	return Open(root, o)
}
