package disk

import (
	"io/fs"
	"os"
	"path/filepath"
)

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
		case Hidden(e.Name()):
		case IsFolderEntry(dir, e):
			if g.at(filepath.Join(dir, e.Name()), depth+1) {
				found = true
			} else {
				g.foreign = true
			}
		case g.fits(e.Name()):
			found = true
		case IsImage(e.Name()):
			g.foreign = true
		}
	}
	g.found = g.found || found
	return found
}

// IsFolderEntry tells whether an entry of a folder is one itself; it asks the disk only about links.
func IsFolderEntry(dir string, e fs.DirEntry) bool {
	return e.IsDir() || e.Type()&fs.ModeSymlink != 0 && IsFolder(dir, e.Name())
}

// Holds tells whether a folder holds fitting files. With alone, nothing else may lie beside them, neither images nor
// other folders: archives stay about when they have been unpacked.
func Holds(root string, alone bool, fits func(string) bool) bool {
	g := glance{fits: fits, folders: 32}
	if IsFolder(root) {
		g.at(root, 0)
	}
	return g.found && (!alone || !g.foreign)
}
