package tabular

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"

	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// arrowStream is a file of Arrow's messages: the schema, then batches of rows. Each has a description, a flatbuffer,
// and a body of buffers.
type arrowStream struct {
	name string
	file *os.File
	size int64
}

// arrowMessage is a message; its header's fields depend on its kind.
type arrowMessage struct {
	kind         byte
	header       flatTable
	body, length int64
}

const (
	schemaMessage = 1
	batchMessage  = 3
)

// maxDescribed bounds a message's description: the schema of a table with thousands of classes has some hundred
// kilobytes.
const maxDescribed = 64 << 20

func openArrowStream(path string) (_ *arrowStream, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		err = disk.NotPointer(path, f)
	}
	if err != nil {
		_ = f.Close() // it was only read
		return nil, fault.Missingf("dataset: %w", err)
	}
	return &arrowStream{path, f, info.Size()}, nil
}

// start is where the messages begin: the format of files holds a stream, with an index behind it.
func (s *arrowStream) start() int64 {
	var begin [8]byte
	if n, _ := s.file.ReadAt(begin[:], 0); n == 8 && bytes.HasPrefix(begin[:], []byte("ARROW1")) {
		return 8
	}
	return 0
}

// message reads the description of the message at a position, or returns nil at the end of the stream.
func (s *arrowStream) message(at int64) (*arrowMessage, error) {
	var begin [8]byte
	n, _ := s.file.ReadAt(begin[:], at)
	if n == 0 { // a stream may end without its mark
		return nil, nil
	}
	size := int64(binary.LittleEndian.Uint32(begin[:]))
	at += 4
	if size == 0xffffffff { // which the first versions of the format do not have
		size = int64(binary.LittleEndian.Uint32(begin[4:]))
		at += 4
	}
	switch {
	case n >= 4 && size == 0: // in those, four bytes end the stream
		return nil, nil
	case n < 8 || size > s.size-at:
		return nil,
			fault.Corruptf("dataset: %s is no Arrow stream, or is cut short at byte %d; fetch it again", s.name, s.size)
	case size > maxDescribed:
		return nil, fault.Corruptf("dataset: %s: the message at byte %d is described by %d bytes; the file is damaged",
			s.name, at, size)
	}
	f := &flat{data: make([]byte, size)}
	if _, err := io.ReadFull(io.NewSectionReader(s.file, at, size), f.data); err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", s.name, err)
	}
	t := f.root()
	m := &arrowMessage{t.byte(1), t.table(2), at + size, t.long(3)}
	if f.bad || m.length < 0 {
		return nil, fault.Corruptf("dataset: %s: the message at byte %d is damaged", s.name, at)
	}
	if m.length > s.size-m.body {
		return nil, fault.Corruptf("dataset: %s is cut short: it has %d bytes, and a message goes on to byte %d; "+
			"fetch it again", s.name, s.size, m.body+m.length)
	}
	return m, nil
}

// buffer is a stretch of the file.
type arrowBuffer struct{ at, size int64 }

// buffer is where a buffer of a batch lies.
func (s *arrowStream) buffer(m *arrowMessage, i int) (arrowBuffer, error) {
	at, n := m.header.vector(2, 16)
	if i >= n {
		return arrowBuffer{},
			fault.Corruptf("dataset: %s: a batch has %d buffers, fewer than its columns need", s.name, n)
	}
	b := arrowBuffer{m.header.i64(at + 16*i), m.header.i64(at + 16*i + 8)}
	if b.at < 0 || b.size < 0 || b.at > m.length || b.size > m.length-b.at {
		return arrowBuffer{}, fault.Corruptf("dataset: %s: a buffer lies outside its batch", s.name)
	}
	b.at += m.body
	return b, nil
}

// read reads a buffer that must have so many bytes or more.
func (s *arrowStream) read(m *arrowMessage, i int, least int64) ([]byte, error) {
	b, err := s.buffer(m, i)
	if err != nil {
		return nil, err
	}
	if b.size < least {
		return nil, fault.Corruptf("dataset: %s: a buffer of %d bytes should have %d", s.name, b.size, least)
	}
	data := make([]byte, b.size)
	if _, err := io.ReadFull(io.NewSectionReader(s.file, b.at, b.size), data); err != nil {
		return nil, fault.Corruptf("dataset: %s: %w", s.name, err)
	}
	return data, nil
}
