package dataset

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

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

// splitIn finds a split's word in a file's or folder's name: between dashes, dots, digits and other characters that are no letters.
// The first word counts if it is one, else the last that is: train-00000-of-00002, mytest-train-0001.
func splitIn(name string) Split {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	found := Whole
	for i, w := range words {
		s := splitOf(w)
		if strings.EqualFold(w, "trainval") {
			s = Train
		}
		if s != Whole {
			found = s
		}
		if i == 0 && s != Whole {
			break
		}
	}
	return found
}

// splitFiles finds the files of a set, sorted by name: root itself, or the fitting files in it and in folders up to two levels below. Their
// names give the splits, or else those of their folders. Where all say the same, they are the whole set. Where only some have a split, the
// others are left out: sets bring further ones, of altered or unlabelled images.
func (b *builder) splitFiles(root string, fits func(string) bool) ([]splitFile, error) {
	if !isFolder(root) {
		return []splitFile{{}}, nil
	}
	names, err := filesBelow(root, "", 2, fits)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fault.Missingf("dataset: %s holds no files of the format %s", root, b.set.about.Format)
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
			b.set.note("all files are of the split %s by their names; they are taken for the whole set", files[0].split)
		}
		for i := range files {
			files[i].split = Whole
		}
	}
	return slices.DeleteFunc(files, func(f splitFile) bool {
		if len(seen) > 1 && f.split == Whole {
			b.skip("files that belong to no split by their names", f.name)
			return true
		}
		return false
	}), nil
}

// filesBelow returns the fitting files in a folder and in those below, so many levels down.
func filesBelow(root, rel string, levels int, fits func(string) bool) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var names []string
	for _, e := range entries {
		name := path.Join(rel, e.Name())
		switch {
		case hidden(e.Name()):
		case fits(e.Name()) && isFile(root, name):
			names = append(names, name)
		case levels > 0 && isFolderEntry(filepath.Join(root, filepath.FromSlash(rel)), e):
			inner, err := filesBelow(root, name, levels-1, fits)
			if err != nil {
				return nil, err
			}
			names = append(names, inner...)
		}
	}
	return names, nil
}

// glance looks at a few files of a few folders, which is cheap also where there are millions.
type glance struct {
	fits    func(string) bool
	folders int  // that it may still open
	found   bool // fitting files at most two levels down
	foreign bool // image files, or a folder without fitting files
}

// at looks at a folder and tells whether it found any.
func (g *glance) at(dir string, depth int) (found bool) {
	if g.folders == 0 || depth > 2 {
		return false
	}
	g.folders--
	f, err := os.Open(dir)
	if err != nil {
		return false
	}
	entries, _ := f.ReadDir(1000) // what cannot be read is not recognised
	_ = f.Close()
	for _, e := range entries {
		switch {
		case hidden(e.Name()):
		case isFolderEntry(dir, e):
			if g.at(filepath.Join(dir, e.Name()), depth+1) {
				found = true
			} else {
				g.foreign = true
			}
		case g.fits(e.Name()):
			found = true
		case isImage(e.Name()):
			g.foreign = true
		}
	}
	g.found = g.found || found
	return found
}

// isFolderEntry asks the disk only about links.
func isFolderEntry(dir string, e fs.DirEntry) bool {
	return e.IsDir() || e.Type()&fs.ModeSymlink != 0 && isFolder(dir, e.Name())
}

// holds tells whether a folder holds fitting files. With alone, nothing else may lie beside them, neither images nor other folders: archives
// stay about when they have been unpacked.
func holds(root string, alone bool, fits func(string) bool) bool {
	g := glance{fits: fits, folders: 32}
	if isFolder(root) {
		g.at(root, 0)
	}
	return g.found && (!alone || !g.foreign)
}

// notPointer refuses what git leaves in the place of a large file.
func notPointer(path string, f io.ReaderAt) error {
	var begin [64]byte
	n, _ := f.ReadAt(begin[:], 0)
	switch start := string(begin[:n]); {
	case strings.HasPrefix(start, "version https://git-lfs"):
		return fault.Missingf("dataset: %s is a pointer of git-lfs, not the file itself; fetch it with `git lfs pull`", path)
	case strings.HasPrefix(start, "/annex/objects/"):
		return fault.Missingf("dataset: %s is a pointer of git-annex, not the file itself; fetch it with `git annex get`", path)
	}
	return nil
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
