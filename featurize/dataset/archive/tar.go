// Package archive lists data sets that are kept in tar archives, without extracting them: WebDataset's samples, trees
// of class folders, an archive for each class.
package archive

import (
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/parts"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Tar are archives, whatever their members are.
var Tar = dataset.Format{
	Name: "tar",
	Doc: "a .tar or .tar.gz, or a folder of them (train-*.tar and test-*.tar, or train/*.tar): " +
		"WebDataset samples, a tree of class folders, or an archive for each class",
	Is: func(root string, _ dataset.Options) bool {
		return isTar(root) && disk.IsFile(root) || disk.Holds(root, true, isTar)
	},
	Open: openTar,
}

// isTar tells whether a file is an archive by its name.
func isTar(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	return tarStem(name) != base && !disk.Hidden(base)
}

// tarStem is the base name of an archive without its extension.
func tarStem(name string) string {
	name = path.Base(filepath.ToSlash(name))
	for _, ext := range []string{".tar", ".tar.gz", ".tgz"} {
		if n := len(name) - len(ext); n > 0 && strings.EqualFold(name[n:], ext) {
			return name[:n]
		}
	}
	return name
}

// shard is one of a set's archives.
type shard struct {
	parts.File
	path  string
	label string // what the names of its members begin with, where there are several archives
	// number of its file and, if it was unpacked, the stretch of the temporary file; else the size is 0
	place dataset.Place
}

// tars are a set's archives. They read images out of them, and out of the temporary file that compressed ones are
// unpacked to.
type tars struct {
	read.Stretches
	shards    []shard
	temporary unpacked
}

// Close closes the archives and removes the temporary file.
func (t *tars) Close() error {
	err := t.Stretches.Close()
	if e := t.temporary.close(); err == nil && !errors.Is(e, os.ErrClosed) { // the stretches may have held it
		err = e
	}
	return err
}

// openTar lists a set of archives. Each is passed through once, from header to header; compressed ones are unpacked to
// a temporary file first. What the members are shows in the first archive that holds any images.
func openTar(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("tar", "class-level"); err != nil {
		return nil, err
	}
	b, t := dataset.NewBuilder(root, "tar", o), &tars{}
	var classes []string
	err := t.find(root, &b.Remarks)
	if err == nil {
		classes, err = t.list(b)
	}
	if err == nil && b.Empty() {
		err = fault.Missingf("dataset: %s holds no images in class folders, and none with labels (.cls) beside them%s",
			root, b.AllLeftOut())
	}
	if err != nil {
		b.Fail(err)
	}
	return b.Finish(classes, t)
}

// find finds the archives, sorted by name, and unpacks those that are compressed.
func (t *tars) find(root string, r *dataset.Remarks) error {
	files, err := parts.Find(root, "tar", r, isTar)
	if err != nil {
		return err
	}
	for i, file := range files {
		s := shard{File: file, path: file.Path(root), place: dataset.Place{File: uint32(i)}}
		if len(files) > 1 {
			s.label = file.Name
		}
		t.Announce(s.path)
		f, err := os.Open(s.path)
		if err != nil {
			return fault.Missingf("dataset: %w", err)
		}
		if isGzip(f) {
			s.place.File = uint32(len(files))
			s.place.Offset, err = t.temporary.add(s.path, f)
			s.place.Size = t.temporary.size - s.place.Offset
			if err == nil && s.place.Size == 0 {
				err = fault.Corruptf("dataset: %s unpacks to 0 bytes; fetch it again", s.path)
			}
		}
		_ = f.Close() // it was only read
		if err != nil {
			return err
		}
		t.shards = append(t.shards, s)
	}
	if f := t.temporary.file; f != nil {
		t.Hold(f)
	}
	return nil
}

// walk walks through a shard.
func (t *tars) walk(s shard, r *dataset.Remarks, visit func(archive, member) error) error {
	a := archive{name: s.path, base: s.place}
	if s.place.Size > 0 {
		a.data = io.NewSectionReader(t.temporary.file, s.place.Offset, s.place.Size)
	} else {
		f, err := os.Open(s.path)
		if err != nil {
			return fault.Missingf("dataset: %w", err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fault.Missingf("dataset: %w", err)
		}
		if err := disk.NotPointer(s.path, f); err != nil {
			return err
		}
		a.data = io.NewSectionReader(f, 0, info.Size())
	}
	return a.walk(r, func(m member) error { return visit(a, m) })
}

// list lists the images of all archives and returns the class names.
func (t *tars) list(b *dataset.Builder) ([]string, error) {
	kind := emptyArchive
	for _, s := range t.shards {
		var err error
		if kind, err = t.sniff(s); err != nil {
			return nil, err
		} else if kind != emptyArchive {
			break
		}
	}
	list := t.trees
	if kind == sampleArchive {
		if err := b.Options.Only("tar with labels beside its images"); err != nil {
			return nil, err
		}
		list = t.samples
	}
	var images staging
	defer images.Close()
	groups, classes, err := list(b, &images)
	if err != nil {
		return nil, err
	}
	return classes, images.release(b, groups, kind != sampleArchive)
}
