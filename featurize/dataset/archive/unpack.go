package archive

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// unpacked is the temporary file that compressed archives are unpacked to, one after the other.
type unpacked struct {
	file *os.File
	size int64
}

// isGzip tells whether a file is compressed, by how it begins.
func isGzip(f io.ReaderAt) bool {
	var magic [2]byte
	n, _ := f.ReadAt(magic[:], 0)
	return n == 2 && magic == [2]byte{0x1f, 0x8b}
}

// add unpacks a file and tells where its content begins; it ends where the temporary file does.
func (u *unpacked) add(path string, packed *os.File) (begin int64, err error) {
	if u.file == nil {
		if u.file, err = disk.NewScratch("unpacked"); err != nil {
			return 0, fmt.Errorf("dataset: unpacking %s: %w", path, err)
		}
	}
	info, err := packed.Stat()
	if err != nil {
		return 0, fault.Missingf("dataset: %w", err)
	}
	begin = u.size
	limit := 1<<30 + 200*info.Size() // archives of images hardly shrink at all; deflate's most is 1032 to 1
	in := bufio.NewReaderSize(packed, 1<<16)
	z, err := gzip.NewReader(in)
	for err == nil {
		z.Multistream(false) // so that what follows the last part can be told from another
		var n int64
		n, err = io.CopyN(u.file, z, limit-(u.size-begin)+1)
		u.size += n
		if u.size-begin > limit {
			return 0, fault.Corruptf("dataset: %s holds %d bytes that unpack to more than %d, "+
				"which no archive of images does", path, info.Size(), limit)
		}
		if !errors.Is(err, io.EOF) {
			break
		}
		var more bool
		if more, err = padding(in); err != nil || !more {
			break
		}
		if magic, _ := in.Peek(2); string(magic) != "\x1f\x8b" {
			return 0, fault.Corruptf("dataset: %s: after the compressed data there is something else, beginning %q; "+
				"fetch it again", path, magic)
		}
		err = z.Reset(in)
	}
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk) && disk.Path == u.file.Name():
		return 0, fmt.Errorf("dataset: unpacking %s needs room for temporary files (%w); "+
			"point TMPDIR to a larger disk, or unpack the archive yourself", path, err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return 0, fault.Corruptf("dataset: %s is cut short; fetch it again", path)
	case err != nil:
		return 0, fault.Corruptf("dataset: %s cannot be unpacked: %w; fetch it again", path, err)
	}
	return begin, nil
}

// padding passes over zeros, as tapes and block devices leave them, and tells whether anything follows.
func padding(in *bufio.Reader) (more bool, err error) {
	for {
		switch c, err := in.ReadByte(); {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		case c != 0:
			return true, in.UnreadByte()
		}
	}
}

func (u *unpacked) close() error { return disk.DropScratch(u.file) }
