// Package array lists data sets whose images are rows of arrays of bytes: CIFAR's records and pickles, MNIST's files, NumPy's arrays. An
// image becomes a PPM or PGM file.
package array

import (
	"fmt"
	"io"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/train/fault"
)

// arrays reads images that are rows of arrays of bytes, in files of the set or in temporary ones. Place.File is the number of the array.
type arrays struct {
	read.Stretches
	as        []func(row []byte) []byte // an image file of a row, by array
	temporary []*os.File                // among the open ones
	next      map[dataset.Split]int     // number of rows so far
}

// add announces an array that lies in a file of the set, and returns its number.
func (a *arrays) add(path string, as func(row []byte) []byte) uint32 {
	a.as = append(a.as, as)
	return a.Announce(path)
}

// unpack copies an array of n bytes to a temporary file, which is gone when it is closed. what names the array, and size is that of
// its packed form.
func (a *arrays) unpack(what string, r io.Reader, n, size int64, as func(row []byte) []byte) (uint32, error) {
	if err := plausible(what, n, size); err != nil {
		return 0, err
	}
	f, err := disk.NewScratch("array")
	if err != nil {
		return 0, fmt.Errorf("dataset: unpack %s: %w", what, err)
	}
	i := a.Hold(f)
	a.as, a.temporary = append(a.as, as), append(a.temporary, f)
	if _, err := io.CopyN(f, r, n); err != nil {
		return 0, unpackError(what, err)
	}
	return i, ended(what, r)
}

func (a *arrays) Read(it dataset.Item) ([]byte, error) {
	row, err := a.Stretches.Read(it)
	if err != nil {
		return nil, err
	}
	return a.as[it.Place.File](row), nil
}

func (a *arrays) Close() error {
	err := a.Stretches.Close()
	for _, f := range a.temporary {
		_ = disk.DropScratch(f) // closed already
	}
	return err
}

// rows adds the rows of an array as images of a split, counted on from the split's last ones. first is the place of the first row, the
// others follow at distances of stride.
func (a *arrays) rows(b *dataset.Builder, split dataset.Split, labels []int32, first dataset.Place, stride int64) {
	folder := string(split)
	if split == dataset.Whole {
		folder = "images"
	}
	if a.next == nil {
		a.next = map[dataset.Split]int{}
	}
	for i, label := range labels {
		_ = b.Add(split, fmt.Sprintf("%s/%08d", folder, a.next[split]+i), int(label), dataset.Place{File: first.File, Offset: first.Offset + int64(i)*stride, Size: first.Size}) // Finish tells
	}
	a.next[split] += len(labels)
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
