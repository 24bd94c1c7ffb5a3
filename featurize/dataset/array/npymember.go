package array

import (
	"archive/zip"
	"bufio"
	"io"
	"math"
	"slices"
	"strings"

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
	if err := notJoined(path); err != nil {
		return nil, err
	}
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

// npyStream is an array behind its header.
type npyStream struct {
	stream
	npy.Header
}

// npyHead bounds the header of an array.
const npyHead = 1<<16 + 16

// open reads an array's header, and checks it against the size.
func (m npyMember) open() (_ *npyStream, err error) {
	file, err := openStream(m.what, m.path)
	if err != nil {
		return nil, err
	}
	s := &npyStream{stream: file}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	whole := s.size
	if m.member != "" {
		if whole, err = s.enter(m.member); err != nil {
			return nil, err
		}
	}
	r := bufio.NewReaderSize(s.r, npyHead)
	s.r = r
	head, err := r.Peek(npyHead)
	if err != nil && err != io.EOF {
		return nil, s.damaged(err)
	}
	if s.Header, err = npy.ParseHeader(head); err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", m.what, err)
	}
	if _, err := r.Discard(int(s.Offset)); err != nil {
		return nil, s.damaged(err)
	}
	s.bytes = s.Bytes()
	if want := s.Offset + s.bytes; whole != want || !s.packed && s.size != want {
		return nil, fault.Corruptf("dataset: %s has %d bytes, its header %v says %d; fetch it again",
			m.what, whole, s.Shape, want)
	}
	s.at += s.Offset
	return s, nil
}

// enter goes from the file to a member of the archive that it is, and returns the member's unpacked size.
func (s *stream) enter(member string) (whole int64, err error) {
	z, err := zip.NewReader(s.file, s.size)
	if err != nil {
		return 0, fault.Corruptf("dataset: %s is no .npz file (%w)", s.path, err)
	}
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == member })
	if i < 0 {
		return 0, fault.Corruptf("dataset: %s is gone; was the file changed?", s.what)
	}
	f := z.File[i]
	if s.at, err = f.DataOffset(); err != nil {
		return 0, fault.Corruptf("dataset: %s: %w", s.what, err)
	}
	if s.r, err = f.Open(); err != nil {
		return 0, fault.Corruptf("dataset: %s: %w", s.what, err)
	}
	if f.CompressedSize64 > uint64(max(s.size-s.at, 0)) || f.UncompressedSize64 > math.MaxInt64 {
		return 0, fault.Corruptf("dataset: %s claims more bytes than the file has; fetch it again", s.what)
	}
	s.size, s.packed = int64(f.CompressedSize64), f.Method != zip.Store
	return int64(f.UncompressedSize64), nil
}
