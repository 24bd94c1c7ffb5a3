package array

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/fedpurel/fedpurel/train/fault"
)

// stream is an array that is being read: from a file in which its elements lie, or from their packed form there.
type stream struct {
	what   string    // for messages
	path   string    // of the file
	file   *os.File  // nil if all is in memory
	r      io.Reader // at the first element
	packed bool
	at     int64 // of the first element in the file, unless they are packed
	bytes  int64 // of all elements
	size   int64 // of what there is in the file, header included
}

// openStream opens a file at its beginning.
func openStream(what, path string) (stream, error) {
	file, err := os.Open(path)
	if err != nil {
		return stream{}, fault.Missingf("dataset: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // it was only read
		return stream{}, fault.Missingf("dataset: %w", err)
	}
	return stream{what: what, path: path, file: file, r: file, size: info.Size()}, nil
}

func (s *stream) close() { _ = s.file.Close() } // it was only read

// plausible refuses an array that claims to have more bytes than its packed form can hold.
func (s *stream) plausible() error {
	const most = 1032 // bytes that deflate makes of one
	if s.bytes/most > s.size+1 {
		return fault.Corruptf("dataset: %s claims %d bytes, more than its %d packed ones can hold",
			s.what, s.bytes, s.size)
	}
	return nil
}

// all reads the elements.
func (s *stream) all() ([]byte, error) {
	data := make([]byte, s.bytes)
	if _, err := io.ReadFull(s.r, data); err != nil {
		return nil, s.damaged(err)
	}
	return data, s.ended()
}

// ended checks that there is nothing more, and with it the checksum.
func (s *stream) ended() error {
	var more [1]byte
	switch n, err := io.ReadFull(s.r, more[:]); {
	case n > 0:
		return fault.Corruptf("dataset: %s holds more bytes than its header says; fetch it again", s.what)
	case !errors.Is(err, io.EOF):
		return s.damaged(err)
	}
	return nil
}

// damaged says whether the disk or the packed form failed.
func (s *stream) damaged(err error) error {
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return fmt.Errorf("dataset: unpack %s: %w (TMPDIR names the folder of temporary files)", s.what, err)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fault.Corruptf("dataset: %s is truncated or damaged (%w); fetch it again", s.what, err)
}
