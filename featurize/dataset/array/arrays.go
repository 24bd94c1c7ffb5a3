// Package array lists data sets whose images are rows of arrays of bytes: CIFAR's records and pickles, MNIST's files,
// NumPy's arrays. An image becomes a PPM or PGM file.
package array

import (
	"fmt"
	"io"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// arrays are those of a set. They read images, which are their rows, in files of the set or in temporary ones.
// Place.File is the number of the array.
type arrays struct {
	read.Stretches
	forms     []form
	temporary []*os.File            // among the open ones
	next      map[dataset.Split]int // number of rows so far
	labels    [][]int32             // of the arrays that have theirs in others
	numbers   names.Numbers         // those labels
}

// list builds a set of arrays, which fill adds, naming the classes.
func list(b *dataset.Builder, fill func(*arrays) (classes []string, err error)) (*dataset.Set, error) {
	a := &arrays{}
	classes, err := fill(a)
	if err != nil {
		_ = a.Close() // the first error matters
		return nil, err
	}
	return b.Finish(classes, a)
}

// add announces an array that lies in a file of the set, and returns its number.
func (a *arrays) add(path string, form form) uint32 {
	a.forms = append(a.forms, form)
	return a.Announce(path)
}

// unpack copies an array to a temporary file, which is gone when it is closed.
func (a *arrays) unpack(s *stream, form form) (uint32, error) {
	if err := s.plausible(); err != nil {
		return 0, err
	}
	f, err := disk.NewScratch("array")
	if err != nil {
		return 0, fmt.Errorf("dataset: unpack %s: %w", s.what, err)
	}
	i := a.Hold(f)
	a.forms, a.temporary = append(a.forms, form), append(a.temporary, f)
	if _, err := io.CopyN(f, s.r, s.bytes); err != nil {
		return 0, s.damaged(err)
	}
	return i, s.ended()
}

// pair adds the images of an array, of size bytes each, with the labels that another gives.
func (a *arrays) pair(
	b *dataset.Builder, split dataset.Split, images *stream, size int64, form form, labels func() ([]int32, error),
) (err error) {
	at := dataset.Place{Offset: images.at, Size: size}
	if images.packed {
		at.Offset = 0
		if at.File, err = a.unpack(images, form); err != nil {
			return err
		}
	} else {
		at.File = a.add(images.path, form)
	}
	numbers, err := labels()
	if err != nil {
		return err
	}
	a.rows(b, split, numbers, at, size)
	return nil
}

// rows adds the rows of an array as images of a split, counted on from the split's last ones. first is the place of the
// first row, the others follow at distances of stride.
func (a *arrays) rows(b *dataset.Builder, split dataset.Split, labels []int32, first dataset.Place, stride int64) {
	folder := string(split)
	if split == dataset.Whole {
		folder = "images"
	}
	if a.next == nil {
		a.next = map[dataset.Split]int{}
	}
	at := first
	for _, label := range labels {
		_ = b.Add(split, fmt.Sprintf("%s/%08d", folder, a.next[split]), int(label), at) // Finish tells
		at.Offset += stride
		a.next[split]++
	}
}

// index makes indices of the labels of an array, until settle makes classes of them.
func (a *arrays) index(what string, labels []int32) ([]int32, error) {
	indices := make([]int32, len(labels))
	for i, label := range labels {
		index, err := a.numbers.Add(int64(label), func() string { return fmt.Sprintf("%s: image %d", what, i) })
		if err != nil {
			return nil, err
		}
		indices[i] = int32(index)
	}
	a.labels = append(a.labels, labels)
	return indices, nil
}

// settle makes classes of the labels that arrays gave.
func (a *arrays) settle(b *dataset.Builder, given names.Given) error {
	if err := a.numbers.Settle(&b.Remarks, given); err != nil {
		return err
	}
	b.Relabel(a.numbers.Label)
	return nil
}

// called are the names of classes that have none.
func (a *arrays) called(format string) (classes []string) {
	for _, number := range a.numbers.Written() {
		classes = append(classes, fmt.Sprintf(format, number))
	}
	return classes
}

func (a *arrays) Read(it dataset.Item) ([]byte, error) {
	row, err := a.Stretches.Read(it)
	if err != nil {
		return nil, err
	}
	return a.forms[it.Place.File](row), nil
}

func (a *arrays) Close() error {
	err := a.Stretches.Close()
	for _, f := range a.temporary {
		_ = disk.DropScratch(f) // closed already
	}
	return err
}
