package dataset

import (
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

var tarFormat = Format{
	"tar", "a .tar or .tar.gz, or a folder of them (train-*.tar and test-*.tar, or train/*.tar): WebDataset samples, a tree of class folders, or an archive for each class",
	func(root string, _ Options) bool { return isTar(root) && isFile(root) || holds(root, true, isTar) }, openTar,
}

// isTar tells whether a file is an archive by its name.
func isTar(name string) bool {
	base := path.Base(filepath.ToSlash(name))
	return tarStem(name) != base && !hidden(base)
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
	splitFile
	path  string
	label string // what the names of its members begin with, where there are several archives
	place place  // number of its file and, if it was unpacked, the stretch of the temporary file; else the size is 0
}

// tars reads images out of archives, and out of the temporary file that compressed ones are unpacked to.
type tars struct {
	stretches
	temporary unpacked
}

func (t *tars) close() error {
	err := t.stretches.close()
	if e := t.temporary.close(); err == nil && !errors.Is(e, os.ErrClosed) { // the stretches may have held it
		err = e
	}
	return err
}

// openTar lists a set of archives. Each is passed through once, from header to header; compressed ones are unpacked to a temporary file
// first. What the members are shows in the first archive that holds any images.
func openTar(root string, o Options) (*set, error) {
	if err := o.only("tar"); err != nil {
		return nil, err
	}
	b, t := newBuilder(root, "tar", o), &tars{}
	var classes []string
	shards, err := b.shards(root, t)
	if err == nil {
		classes, err = b.members(shards, t)
	}
	if err == nil && b.set.items.len()+b.unlabelled == 0 {
		err = fault.Missingf("dataset: %s holds no images in class folders, and none with labels (.cls) beside them%s", root, b.allLeftOut())
	}
	if err != nil {
		b.err = err
	}
	return b.finish(classes, t)
}

// shards finds the archives, sorted by name, and unpacks those that are compressed.
func (b *builder) shards(root string, t *tars) ([]shard, error) {
	files, err := b.splitFiles(root, isTar)
	if err != nil {
		return nil, err
	}
	var shards []shard
	for i, file := range files {
		s := shard{splitFile: file, path: file.path(root), place: place{file: uint32(i)}}
		if len(files) > 1 {
			s.label = file.name
		}
		t.paths = append(t.paths, s.path)
		f, err := os.Open(s.path)
		if err != nil {
			return nil, fault.Missingf("dataset: %w", err)
		}
		if isGzip(f) {
			s.place.file = uint32(len(files))
			s.place.offset, err = t.temporary.add(s.path, f)
			s.place.size = t.temporary.size - s.place.offset
		}
		_ = f.Close() // it was only read
		if err != nil {
			return nil, err
		}
		shards = append(shards, s)
	}
	if f := t.temporary.file; f != nil {
		t.paths = append(t.paths, f.Name())
		t.open = map[uint32]*os.File{uint32(len(files)): f}
	}
	return shards, nil
}

// archive walks through a shard.
func (b *builder) archive(s shard, t *tars, visit func(archive, member) error) error {
	a := archive{name: s.path, base: s.place}
	if s.place.size > 0 {
		a.data = io.NewSectionReader(t.temporary.file, s.place.offset, s.place.size)
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
		if err := notPointer(s.path, f); err != nil {
			return err
		}
		a.data = io.NewSectionReader(f, 0, info.Size())
	}
	return b.walk(a, func(m member) error { return visit(a, m) })
}

// members lists the images of all archives and returns the class names.
func (b *builder) members(shards []shard, t *tars) ([]string, error) {
	var images staging
	defer images.close()
	kind := emptyArchive
	for _, s := range shards {
		var err error
		if kind, err = b.sniff(s, t); err != nil {
			return nil, err
		} else if kind != emptyArchive {
			break
		}
	}
	list := b.trees
	if kind == sampleArchive {
		list = b.samples
	}
	groups, classes, err := list(shards, t, &images)
	if err != nil {
		return nil, err
	}
	return classes, b.unstage(&images, groups)
}
