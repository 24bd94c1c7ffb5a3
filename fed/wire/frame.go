package wire

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// A frame on a socket: 4 bytes, the length of the head, little-endian; the head, JSON, whose field "blobs" names the
// arrays and their lengths in bytes; the arrays one after the other, each a whole .npy file, one axis of <f4.
const (
	maxHead  = 1 << 26 // predictions of many test images are said in a head
	maxArray = 1 << 30
	maxCount = 4096
)

// Frame is a head and named arrays.
type Frame struct {
	Head   json.RawMessage
	Arrays map[string][]byte // .npy files
}

type blob struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// New makes a frame of a head, an Order or an Answer.
func New(head any, arrays map[string][]byte) (Frame, error) {
	data, err := json.Marshal(head)
	if err != nil {
		return Frame{}, fmt.Errorf("wire: head: %w", err)
	}
	return Frame{data, arrays}, nil
}

// Of reads the head into an Order or an Answer.
func (f Frame) Of(head any) error {
	if err := json.Unmarshal(f.Head, head); err != nil {
		return fault.Corruptf("wire: head: %v", err)
	}
	return nil
}

// Write writes a frame.
func Write(w io.Writer, f Frame) error {
	var head map[string]json.RawMessage
	if err := f.Of(&head); err != nil {
		return err
	}
	names, blobs := slices.Sorted(maps.Keys(f.Arrays)), []blob{}
	for _, name := range names {
		blobs = append(blobs, blob{name, int64(len(f.Arrays[name]))})
	}
	var err error
	if head["blobs"], err = json.Marshal(blobs); err != nil {
		return err
	}
	data, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if len(data) > maxHead {
		return fmt.Errorf("wire: a head of %d bytes, at most %d can be sent", len(data), maxHead)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	_ = binary.Write(out, binary.LittleEndian, uint32(len(data))) // Flush tells
	_, _ = out.Write(data)
	for _, name := range names {
		_, _ = out.Write(f.Arrays[name])
	}
	return out.Flush()
}

// Read reads a frame. io.EOF means that there is none.
func Read(r io.Reader) (f Frame, err error) {
	var n uint32
	if err := binary.Read(r, binary.LittleEndian, &n); err != nil {
		return f, err
	}
	if n > maxHead {
		return f, fault.Corruptf("wire: a head of %d bytes, at most %d are taken", n, maxHead)
	}
	if f.Head, err = read(r, int64(n)); err != nil {
		return f, fmt.Errorf("wire: head: %w", err)
	}
	var head map[string]json.RawMessage
	if err := f.Of(&head); err != nil {
		return f, err
	}
	if head == nil {
		return f, fault.Corruptf("wire: the head is null")
	}
	var blobs []blob
	if raw := head["blobs"]; raw != nil {
		if err := json.Unmarshal(raw, &blobs); err != nil {
			return f, fault.Corruptf("wire: blobs: %v", err)
		}
	}
	if len(blobs) > maxCount {
		return f, fault.Corruptf("wire: %d arrays, at most %d are taken", len(blobs), maxCount)
	}
	f.Arrays = map[string][]byte{}
	for _, b := range blobs {
		if b.Bytes < 0 || b.Bytes > maxArray {
			return f, fault.Corruptf("wire: array %.40q of %d bytes, at most %d are taken", b.Name, b.Bytes, maxArray)
		}
		if f.Arrays[b.Name] != nil {
			return f, fault.Corruptf("wire: two arrays are called %.40q", b.Name)
		}
		if f.Arrays[b.Name], err = read(r, b.Bytes); err != nil {
			return f, fmt.Errorf("wire: array %.40q: %w", b.Name, err)
		}
	}
	return f, nil
}

// read reads n bytes and takes memory only as they come, so that a length that lies costs nothing.
func read(r io.Reader, n int64) ([]byte, error) {
	const step = 1 << 20
	out := make([]byte, 0, min(n, step))
	for int64(len(out)) < n {
		from := len(out)
		out = slices.Grow(out, int(min(n-int64(from), max(step, int64(from)))))
		out = out[:min(int64(cap(out)), n)]
		if k, err := io.ReadFull(r, out[from:]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("%d of %d bytes: %w", from+k, n, err)
		}
	}
	return out, nil
}
