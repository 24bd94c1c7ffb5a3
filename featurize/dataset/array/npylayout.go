package array

import (
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// npz adds an array of images with its array of labels.
func (a *arrays) npz(b *dataset.Builder, split dataset.Split, imagesIn, labelsIn npyMember) error {
	images, err := imagesIn.open()
	if err != nil {
		return err
	}
	defer images.close()
	labels, err := labelsIn.open()
	if err != nil {
		return err
	}
	defer labels.close()
	size, form, err := images.layout()
	if err != nil {
		return err
	}
	if d := labels.Shape; len(d) == 2 && d[1] != 1 {
		return fault.Corruptf("dataset: %s has shape %v: %d labels an image; "+
			"only sets with one label an image are read "+
			"(of one-hot labels, save argmax(axis=1))", labels.what, d, d[1])
	} else if len(d) == 0 || len(d) > 2 || d[0] != images.Shape[0] {
		return fault.Corruptf("dataset: %s has shape %v, %s has %v; there must be a label for each image",
			labels.what, d, images.what, images.Shape)
	}
	return a.pair(b, split, &images.stream, size, form, func() ([]int32, error) {
		numbers, err := labels.numbers()
		if err != nil {
			return nil, err
		}
		return a.index(labels.what, numbers)
	})
}

// numbers reads an array of labels.
func (s *npyStream) numbers() ([]int32, error) {
	if err := s.plausible(); err != nil {
		return nil, err
	}
	data, err := s.all()
	if err != nil {
		return nil, err
	}
	numbers, err := npy.Int32s(s.DType, data)
	if err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", s.what, err)
	}
	return numbers, nil
}

// layout tells how an array holds images: their size, and what makes a file of one.
func (s *npyStream) layout() (size int64, as form, err error) {
	d := s.Shape
	wrong := func(why string) error {
		return fault.Corruptf("dataset: %s has shape %v of %s: %s", s.what, d, s.DType, why)
	}
	switch {
	case s.DType != "|u1":
		return 0, nil, wrong("images are arrays of uint8, from 0 to 255; save them so")
	case len(d) != 3 && len(d) != 4:
		return 0, nil, wrong("images are arrays of (n, height, width), with or without 3 colours; save them so")
	}
	for _, n := range d[1:] {
		if n < 1 || n > 1<<15 {
			return 0, nil, wrong("the extents are no images'")
		}
	}
	switch {
	case len(d) == 3:
		return int64(d[1]) * int64(d[2]), grey(d[2], d[1]), nil
	case d[3] == 3:
		return 3 * int64(d[1]) * int64(d[2]), interleaved(d[2], d[1]), nil
	case d[1] == 3:
		return 3 * int64(d[2]) * int64(d[3]), planar(d[3], d[2]), nil
	case d[3] == 1:
		return int64(d[1]) * int64(d[2]), grey(d[2], d[1]), nil
	case d[1] == 1:
		return int64(d[2]) * int64(d[3]), grey(d[3], d[2]), nil
	}
	return 0, nil, wrong("neither the last nor the second extent is 3 or 1, so that they are no colours; " +
		"volumes are not read")
}
