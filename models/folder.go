package models

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is where a model's files lie. Dir is the folder on disk, or "" if FS lives in memory.
type Folder struct {
	FS   fs.FS
	Dir  string
	Name string // what the model is called unless its fedpurel.json says otherwise
}

// OnDisk is the folder dir of the file system.
func OnDisk(dir string) Folder {
	name := filepath.Base(dir)
	if abs, err := filepath.Abs(dir); err == nil {
		name = filepath.Base(abs)
	}
	return Folder{FS: os.DirFS(dir), Dir: dir, Name: name}
}

func (f Folder) String() string {
	if f.Dir != "" {
		return f.Dir
	}
	return "embedded model " + f.Name
}

// Path gives the place of a file of the folder on disk; ok is false if the folder is not on disk.
func (f Folder) Path(name string) (path string, ok bool) {
	if f.Dir == "" {
		return "", false
	}
	return filepath.Join(f.Dir, filepath.FromSlash(name)), true
}
