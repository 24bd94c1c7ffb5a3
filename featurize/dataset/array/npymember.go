package array

import (
	"archive/zip"
	"bufio"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// npyMember is an array in a file of its own, or in an archive.
type npyMember struct {
	what   string // for messages
	path   string // of the file
	member string // of the archive in that file, or ""
}

// zipMembers are the arrays in an .npz by their names in lower case.
func zipMembers(path string) (map[string]npyMember, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fault.Corruptf("dataset: %s is no .npz file, or it is truncated (%w)", path, err)
	}
	defer z.Close()
	members := map[string]npyMember{}
	for _, f := range z.File {
		if name, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			members[strings.ToLower(name)] = npyMember{path + ": " + name, path, f.Name}
		}
	}
	return members, nil
}

// npyStream is an array that is being read.
type npyStream struct {
	npy.Header
	what   string
	r      *bufio.Reader // behind the header
	packed bool
	at     int64 // of the elements in the file, unless they are packed
	size   int64 // in the file, header included
	close  func()
}

// npyHead bounds the header of an array.
const npyHead = 1<<16 + 16

// open reads an array's header, and checks it against the size.
func (m npyMember) open() (_ *npyStream, err error) {
	s := &npyStream{what: m.what}
	defer func() {
		if err != nil && s.close != nil {
			s.close()
		}
	}()
	file, err := os.Open(m.path)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	s.close = func() { _ = file.Close() } // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	var r io.Reader = file
	s.size = info.Size()
	whole := s.size
	if m.member != "" {
		z, err := zip.NewReader(file, info.Size())
		if err != nil {
			return nil, fault.Corruptf("dataset: %s is no .npz file (%w)", m.path, err)
		}
		i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == m.member })
		if i < 0 {
			return nil, fault.Corruptf("dataset: %s is gone; was the file changed?", m.what)
		}
		f := z.File[i]
		if s.at, err = f.DataOffset(); err != nil {
			return nil, fault.Corruptf("dataset: %s: %w", m.what, err)
		}
		if r, err = f.Open(); err != nil {
			return nil, fault.Corruptf("dataset: %s: %w", m.what, err)
		}
		if f.CompressedSize64 > uint64(max(info.Size()-s.at, 0)) || f.UncompressedSize64 > math.MaxInt64 {
			return nil, fault.Corruptf("dataset: %s claims more bytes than the file has; fetch it again", m.what)
		}
		s.size, whole, s.packed = int64(f.CompressedSize64), int64(f.UncompressedSize64), f.Method != zip.Store
	}
	s.r = bufio.NewReaderSize(r, npyHead)
	head, err := s.r.Peek(npyHead)
	if err != nil && err != io.EOF {
		return nil, unpackError(m.what, err)
	}
	if s.Header, err = npy.ParseHeader(head); err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", m.what, err)
	}
	if _, err := s.r.Discard(int(s.Offset)); err != nil {
		return nil, unpackError(m.what, err)
	}
	if want := s.Offset + s.Bytes(); whole != want || !s.packed && s.size != want {
		return nil, fault.Corruptf("dataset: %s has %d bytes, its header %v says %d; fetch it again", m.what, whole, s.Shape, want)
	}
	s.at += s.Offset
	return s, nil
}

// layout tells how an array holds images: their size, and what makes a file of one.
func (s *npyStream) layout() (size int64, as func([]byte) []byte, err error) {
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
	return 0, nil, wrong("neither the last nor the second extent is 3 or 1, so that they are no colours; volumes are not read")
}

// npz adds an array of images with its array of labels, and returns the labels.
func (a *arrays) npz(b *dataset.Builder, split dataset.Split, imagesIn, labelsIn npyMember) ([]int32, error) {
	images, err := imagesIn.open()
	if err != nil {
		return nil, err
	}
	defer images.close()
	labels, err := labelsIn.open()
	if err != nil {
		return nil, err
	}
	defer labels.close()
	size, as, err := images.layout()
	if err != nil {
		return nil, err
	}
	if d := labels.Shape; len(d) == 2 && d[1] != 1 {
		return nil, fault.Corruptf("dataset: %s has shape %v: %d labels an image; only sets with one label an image are read (of one-hot labels, save argmax(axis=1))", labels.what, d, d[1])
	} else if len(d) == 0 || len(d) > 2 || d[0] != images.Shape[0] {
		return nil, fault.Corruptf("dataset: %s has shape %v, %s has %v; there must be a label for each image", labels.what, d, images.what, images.Shape)
	}
	at := dataset.Place{Offset: images.at, Size: size}
	if images.packed {
		if at.File, err = a.unpack(images.what, images.r, images.Bytes(), images.size, as); err != nil {
			return nil, err
		}
		at.Offset = 0
	} else {
		at.File = a.add(imagesIn.path, as)
	}
	if err := plausible(labels.what, labels.Bytes(), labels.size); err != nil {
		return nil, err
	}
	data := make([]byte, labels.Bytes())
	if _, err := io.ReadFull(labels.r, data); err != nil {
		return nil, unpackError(labels.what, err)
	}
	if err := ended(labels.what, labels.r); err != nil {
		return nil, err
	}
	numbers, err := npy.Int32s(labels.DType, data)
	if err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", labels.what, err)
	}
	a.rows(b, split, numbers, at, size)
	return numbers, nil
}
