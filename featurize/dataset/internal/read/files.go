// Package read fetches the bytes of images: files of their own, or stretches of larger files. The rooms' readers are
// these or stand on them.
package read

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// MaxFile bounds the bytes of one image file.
const MaxFile = 1 << 30

// Files reads images that are files of their own: Item.Name below root, or where the user's own list says, if it gives
// whole paths. Names within archives never come here.
type Files struct {
	Root string
}

func (l Files) path(name string) string {
	if filepath.IsAbs(filepath.FromSlash(name)) {
		return filepath.FromSlash(name)
	}
	return filepath.Join(l.Root, filepath.FromSlash(name))
}

// There tells whether the file of a name exists. A folder is none.
func (l Files) There(name string) bool {
	info, err := os.Stat(l.path(name))
	return err == nil && !info.IsDir()
}

// Read reads the file that an image is.
func (l Files) Read(it dataset.Item) ([]byte, error) {
	path := l.path(it.Name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for its other end
		return nil, fault.Corruptf("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	if info.Size() > MaxFile {
		return nil, fault.Corruptf("the file has %d bytes, more than any picture", info.Size())
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, unreadable(err)
	}
	switch start := string(data[:min(len(data), 64)]); {
	case strings.HasPrefix(start, "version https://git-lfs"):
		return nil, fault.Missingf("the file is a pointer of git-lfs, not the image; " +
			"fetch the images with `git lfs pull`")
	case strings.HasPrefix(start, "/annex/objects/"):
		return nil, fault.Missingf("the file is a pointer of git-annex, not the image; " +
			"fetch the images with `git annex get`")
	}
	return data, nil
}

// Close has nothing to close.
func (Files) Close() error { return nil }

// unreadable sorts errors of the file system, without the path, which is the machine's own. A file that is not there,
// that its owner keeps to himself or that no path leads to is Missing, and one that ends early Corrupt: that is how the
// data set is. All else, such as a disk that does not answer or too many open files, may be otherwise a moment later:
// it is a failure, so that no good image is left out for it.
func unreadable(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ELOOP),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return fault.Missingf("%w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.Corruptf("the file became shorter while it was read")
	}
	return fmt.Errorf("it cannot be read now: %w", err)
}
