package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/fault"
)

// arrays reads images that are rows of arrays of bytes, in files of the set or in temporary ones. place.file is the number of the array.
type arrays struct {
	stretches
	as        []func(row []byte) []byte // an image file of a row, by array
	temporary []*os.File                // among the open ones
	next      map[Split]int             // number of rows so far
}

// add announces an array that lies in a file of the set, and returns its number.
func (a *arrays) add(path string, as func(row []byte) []byte) uint32 {
	a.paths, a.as = append(a.paths, path), append(a.as, as)
	return uint32(len(a.paths) - 1)
}

// unpack copies an array of n bytes to a temporary file, which is gone when it is closed. what names the array, and size is that of
// its packed form.
func (a *arrays) unpack(what string, r io.Reader, n, size int64, as func(row []byte) []byte) (uint32, error) {
	if err := plausible(what, n, size); err != nil {
		return 0, err
	}
	f, err := newScratch("array")
	if err != nil {
		return 0, fmt.Errorf("dataset: unpack %s: %w", what, err)
	}
	i := a.add(f.Name(), as)
	if a.open == nil {
		a.open = map[uint32]*os.File{}
	}
	a.open[i], a.temporary = f, append(a.temporary, f)
	if _, err := io.CopyN(f, r, n); err != nil {
		return 0, unpackError(what, err)
	}
	return i, ended(what, r)
}

// plausible refuses what claims to have more bytes than its packed form can hold.
func plausible(what string, n, size int64) error {
	const most = 1032 // bytes that deflate makes of one
	if n/most > size+1 {
		return fault.Corruptf("dataset: %s claims %d bytes, more than its %d packed ones can hold", what, n, size)
	}
	return nil
}

// ended checks that a stream has nothing more, and with it its checksum.
func ended(what string, r io.Reader) error {
	var more [1]byte
	switch n, err := io.ReadFull(r, more[:]); {
	case n > 0:
		return fault.Corruptf("dataset: %s holds more bytes than its header says; fetch it again", what)
	case !errors.Is(err, io.EOF):
		return unpackError(what, err)
	}
	return nil
}

// unpackError says whether the disk or the packed form failed.
func unpackError(what string, err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return fmt.Errorf("dataset: unpack %s: %w (TMPDIR names the folder of temporary files)", what, err)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fault.Corruptf("dataset: %s is truncated or damaged (%w); fetch it again", what, err)
}

func (a *arrays) read(it Item) ([]byte, error) {
	row, err := a.stretches.read(it)
	if err != nil {
		return nil, err
	}
	return a.as[it.place.file](row), nil
}

func (a *arrays) close() error {
	err := a.stretches.close()
	for _, f := range a.temporary {
		_ = dropScratch(f) // closed already
	}
	return err
}

// rows adds the rows of an array as images of a split, counted on from the split's last ones. first is the place of the first row, the
// others follow at distances of stride.
func (a *arrays) rows(b *builder, split Split, labels []int32, first place, stride int64) {
	folder := string(split)
	if split == Whole {
		folder = "images"
	}
	if a.next == nil {
		a.next = map[Split]int{}
	}
	for i, label := range labels {
		b.add(split, fmt.Sprintf("%s/%08d", folder, a.next[split]+i), int(label), place{first.file, first.offset + int64(i)*stride, first.size})
	}
	a.next[split] += len(labels)
}

// listedNames reads class names, one a line in label order, from a file; nil if there is none.
func listedNames(elem ...string) ([]string, error) {
	file := filepath.Join(elem...)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return nameLines(file)
}

// numbered are names for n classes that have none.
func numbered(format string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(format, i)
	}
	return names
}

// classCount is the number of classes that labels from 0 on speak of. It is bounded by what n images can show.
func classCount(what string, n int, labels ...[]int32) (int, error) {
	count := 0
	for _, ls := range labels {
		for i, l := range ls {
			if int(l) >= max(n, 1000) {
				return 0, fault.Corruptf("dataset: %s: image %d has label %d; labels are class numbers from 0 on, and there are only %d images", what, i, l, n)
			}
			count = max(count, int(l)+1)
		}
	}
	return count, nil
}
