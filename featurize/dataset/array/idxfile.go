package array

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// idxFile is an array of bytes as MNIST has it: two zero bytes, the type of the elements, the number of dimensions, an extent for each, the
// high byte first, and the elements. http://yann.lecun.com/exdb/mnist/ describes it.
type idxFile struct {
	path   string
	file   *os.File
	r      io.Reader // behind the header
	packed bool
	size   int64 // of the file
	dims   []int
}

func (f *idxFile) close() { _ = f.file.Close() } // it was only read

// bytes is the number of elements; openIDXFile has checked that it is one.
func (f *idxFile) bytes() int64 {
	n := int64(1)
	for _, d := range f.dims {
		n *= int64(d)
	}
	return n
}

// openIDXFile reads the header of an array with so many dimensions. Whether the file is packed shows in its first bytes: names lie.
func openIDXFile(path string, dims int) (_ *idxFile, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	f := &idxFile{path: path, file: file}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	f.size = info.Size()
	buffered := bufio.NewReader(file)
	f.r = buffered
	if head, _ := buffered.Peek(2); string(head) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, unpackError(path, err)
		}
		unpacked.Multistream(false) // what follows the array does not matter
		f.r, f.packed = unpacked, true
	}
	head := make([]byte, 4+4*dims)
	if _, err := io.ReadFull(f.r, head); err != nil {
		return nil, unpackError(path, err)
	}
	if magic := binary.BigEndian.Uint32(head); magic != 0x0800|uint32(dims) {
		return nil, fault.Corruptf("dataset: %s begins with %08x, not with %08x as arrays of bytes of %d dimensions do", path, magic, 0x0800|dims, dims)
	}
	n := int64(1)
	for i := range dims {
		d := int64(binary.BigEndian.Uint32(head[4+4*i:]))
		if d == 0 || n > math.MaxInt64/d || i > 0 && d > math.MaxUint16 {
			return nil, fault.Corruptf("dataset: %s: the extents in the header (% x) are impossible", path, head[4:])
		}
		n *= d
		f.dims = append(f.dims, int(d))
	}
	if want := n + int64(len(head)); !f.packed && f.size != want {
		return nil, fault.Corruptf("dataset: %s has %d bytes, its header %v says %d; fetch it again", path, f.size, f.dims, want)
	}
	return f, nil
}

// idx adds a file of images with its file of labels, and returns the labels.
func (a *arrays) idx(b *dataset.Builder, split dataset.Split, imagesPath, labelsPath string) ([]int32, error) {
	images, err := openIDXFile(imagesPath, 3)
	if err != nil {
		return nil, err
	}
	defer images.close()
	labels, err := openIDXFile(labelsPath, 1)
	if err != nil {
		return nil, err
	}
	defer labels.close()
	if images.dims[0] != labels.dims[0] {
		return nil, fault.Corruptf("dataset: %s has %d images, %s has %d labels; they do not belong together", imagesPath, images.dims[0], labelsPath, labels.dims[0])
	}
	h, w := images.dims[1], images.dims[2]
	at := dataset.Place{Offset: 16, Size: int64(w) * int64(h)}
	if images.packed {
		if at.File, err = a.unpack(imagesPath, images.r, images.bytes(), images.size, grey(w, h)); err != nil {
			return nil, err
		}
		at.Offset = 0
	} else {
		at.File = a.add(imagesPath, grey(w, h))
	}
	numbers := make([]int32, 0, labels.dims[0]) // the images have shown that there are as many
	for r := bufio.NewReader(labels.r); len(numbers) < labels.dims[0]; {
		c, err := r.ReadByte()
		if err != nil {
			return nil, unpackError(labelsPath, err)
		}
		numbers = append(numbers, int32(c))
		if len(numbers) == labels.dims[0] {
			err = ended(labelsPath, r)
		}
		if err != nil {
			return nil, err
		}
	}
	a.rows(b, split, numbers, at, at.Size)
	return numbers, nil
}
