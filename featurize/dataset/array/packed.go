package array

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/fedpurel/fedpurel/train/fault"
)

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
