package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// block is the unit of archives: a header takes one, and they end with two of zeros.
const block = 512

// ending looks at the end of an archive, where the reader has just arrived. It tells whether another archive follows,
// as after `cat`, and goes there. It refuses what holds an archive in another form, and notes what is odd.
func (a archive) ending(r *dataset.Remarks) (more bool, err error) {
	end, err := a.data.Seek(0, io.SeekCurrent)
	if err != nil {
		return false, err
	}
	var mark [block]byte
	if n, _ := a.data.ReadAt(mark[:], max(end-block, 0)); n == 0 || !bytes.Equal(mark[:n], make([]byte, n)) {
		r.Note("%s ends without the mark that closes an archive; it may be cut short", a.name)
	}
	rest := a.data.Size() - end
	zeros, err := zerosAt(a.data, end)
	if err != nil {
		return false, err
	}
	next := end + zeros - zeros%block
	switch {
	case zeros == rest && rest > 1<<20:
		r.Note("%s: %d bytes after its end are not read; all are zero", a.name, rest)
	case zeros == rest:
	case isHeader(a.data, next):
		_, err = a.data.Seek(next, io.SeekStart)
		return true, err
	default:
		hidden, err := holdsArchive(io.NewSectionReader(a.data, end+zeros, rest-zeros))
		if err != nil {
			return false, err
		} else if hidden {
			return false, fault.Corruptf("dataset: %s holds another archive in the %d bytes after its end, "+
				"which cannot be read with it; put each into a file of its own", a.name, rest)
		}
		r.Note("%s: %d bytes after its end are no archive and are not read", a.name, rest-zeros)
	}
	return false, nil
}

// zerosAt counts the zeros from a place on.
func zerosAt(data io.ReaderAt, at int64) (n int64, err error) {
	part := make([]byte, 1<<16)
	for {
		k, err := data.ReadAt(part, at+n)
		if i := slices.IndexFunc(part[:k], func(b byte) bool { return b != 0 }); i >= 0 {
			return n + int64(i), nil
		}
		if n += int64(k); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// isHeader tells whether a member begins at a place, by the header's checksum.
func isHeader(data io.ReaderAt, at int64) bool {
	var b [block]byte
	if n, _ := data.ReadAt(b[:], at); n < block {
		return false
	}
	_, err := tar.NewReader(bytes.NewReader(b[:])).Next()
	return err == nil || !errors.Is(err, tar.ErrHeader) // headers that go on end too soon here
}

// packedMagics are how compressed files begin.
var packedMagics = []string{"\x1f\x8b", "PK\x03\x04", "BZh", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd"}

// holdsArchive tells whether data begins as something compressed, or has a header of an archive anywhere.
func holdsArchive(data io.Reader) (bool, error) {
	in := bufio.NewReaderSize(data, 1<<16)
	head, _ := in.Peek(8)
	if slices.ContainsFunc(packedMagics, func(m string) bool { return bytes.HasPrefix(head, []byte(m)) }) {
		return true, nil
	}
	for {
		part, err := in.Peek(1 << 16)
		if bytes.Contains(part, []byte("ustar")) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if _, err := in.Discard(len(part) - len("ustar")); err != nil {
			return false, err
		}
	}
}
