package array

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// idxFile is an array of bytes as MNIST has it: two zero bytes, the type of the elements, the number of dimensions, an
// extent for each, the high byte first, and the elements. http://yann.lecun.com/exdb/mnist/ describes it.
type idxFile struct {
	stream
	dims []int
}

// openIDXFile reads the header of an array with so many dimensions. Whether the file is packed shows in its first
// bytes: names lie.
func openIDXFile(path string, dims int) (_ *idxFile, err error) {
	s, err := openStream(path, path)
	if err != nil {
		return nil, err
	}
	f := &idxFile{stream: s, dims: make([]int, dims)}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	buffered := bufio.NewReader(f.file)
	f.r = buffered
	if head, _ := buffered.Peek(2); string(head) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, f.damaged(err)
		}
		unpacked.Multistream(false)
		f.r, f.packed = &members{unpacked, buffered}, true
	}
	head := make([]byte, 4+4*dims)
	if _, err := io.ReadFull(f.r, head); err != nil {
		return nil, f.damaged(err)
	}
	if magic := binary.BigEndian.Uint32(head); magic != 0x0800|uint32(dims) {
		return nil, fault.Corruptf("dataset: %s begins with %08x, not with %08x as arrays of bytes of %d dimensions do",
			path, magic, 0x0800|dims, dims)
	}
	f.at, f.bytes = int64(len(head)), 1
	for i := range dims {
		d := int64(binary.BigEndian.Uint32(head[4+4*i:]))
		if d == 0 || f.bytes > math.MaxInt64/d || i > 0 && d > math.MaxUint16 {
			return nil, fault.Corruptf("dataset: %s: the extents in the header (% x) are impossible", path, head[4:])
		}
		f.bytes *= d
		f.dims[i] = int(d)
	}
	if want := f.at + f.bytes; !f.packed && f.size != want {
		return nil, fault.Corruptf("dataset: %s has %d bytes, its header %v says %d; fetch it again",
			path, f.size, f.dims, want)
	}
	return f, nil
}

// members unpacks what may be in several parts, one after the other. What follows them does not matter, if it is
// nothing packed.
type members struct {
	part *gzip.Reader
	in   *bufio.Reader
}

func (m *members) Read(p []byte) (n int, err error) {
	n, err = m.part.Read(p)
	for n == 0 && errors.Is(err, io.EOF) {
		if head, _ := m.in.Peek(2); string(head) != "\x1f\x8b" {
			return 0, io.EOF
		}
		if err := m.part.Reset(m.in); err != nil {
			return 0, err
		}
		m.part.Multistream(false)
		n, err = m.part.Read(p)
	}
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil // the next call tells what follows
	}
	return n, err
}

// idx adds a file of images with its file of labels, which are as EMNIST has them unless kept is nil.
func (a *arrays) idx(
	b *dataset.Builder, split dataset.Split, imagesPath, labelsPath string, kept *emnist,
) error {
	images, err := openIDXFile(imagesPath, 3)
	if err != nil {
		return err
	}
	defer images.close()
	labels, err := openIDXFile(labelsPath, 1)
	if err != nil {
		return err
	}
	defer labels.close()
	if images.dims[0] != labels.dims[0] {
		return fault.Corruptf("dataset: %s has %d images, %s has %d labels; they do not belong together",
			imagesPath, images.dims[0], labelsPath, labels.dims[0])
	}
	h, w := images.dims[1], images.dims[2]
	form := grey(w, h)
	if kept != nil {
		form = transposed(w, h)
	}
	return a.pair(b, split, &images.stream, int64(w)*int64(h), form, func() ([]int32, error) {
		data, err := labels.all() // the images have shown that there are as many
		numbers := make([]int32, len(data))
		for i, l := range data {
			numbers[i] = int32(l)
		}
		if err == nil && kept != nil {
			err = kept.number(numbers, labelsPath)
		}
		if err != nil {
			return nil, err
		}
		return a.index(labelsPath, numbers)
	})
}
