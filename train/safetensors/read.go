package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// maxHeader bounds a header; that of ten thousand tensors has a megabyte.
const maxHeader = 1 << 24

// File is what a file holds: tensors in the order in which they lie, and texts about them.
type File struct {
	Tensors []Tensor
	Texts   map[string]string
}

// Tensor finds a tensor by its name.
func (f *File) Tensor(name string) (Tensor, bool) {
	i := slices.IndexFunc(f.Tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// ReadFile reads a file of finite float32 tensors. Whatever else is in it is an error that says so.
func ReadFile(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("safetensors: %w", err)
	}
	defer in.Close() // read-only
	about, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	f, err := Read(in, about.Size())
	if err != nil {
		return nil, fault.Corruptf("safetensors: %s: %w", path, err)
	}
	return f, nil
}

// Read reads what ReadFile does from so many bytes of r. Nothing is allocated that is not there.
func Read(r io.Reader, size int64) (*File, error) {
	head, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	f, places, err := parse(head)
	if err != nil {
		return nil, err
	}
	for _, t := range f.Tensors {
		if kind := places[t.Name].DType; kind != "F32" {
			return nil, fmt.Errorf("tensor %q is of type %s; this program reads F32", t.Name, kind)
		}
	}
	if err := f.place(places, size-8-int64(len(head))); err != nil {
		return nil, err
	}
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if t.Data, err = values(r, places[t.Name]); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	return f, nil
}

// readHeader reads the header of a file of so many bytes.
func readHeader(r io.Reader, size int64) ([]byte, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, fmt.Errorf("it ends within the length of its header: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("a header of %d bytes is impossible in a file of %d", n, size)
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("it ends within its header: %w", err)
	}
	return head, nil
}

// parse reads a header. A name that is there twice is an error, which encoding/json would not notice.
func parse(head []byte) (*File, map[string]info, error) {
	f, places := &File{}, map[string]info{}
	d := json.NewDecoder(bytes.NewReader(head))
	d.DisallowUnknownFields()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, errors.New("its header is no JSON object")
	}
	for d.More() {
		token, err := d.Token()
		name, _ := token.(string)
		switch _, twice := places[name]; {
		case err != nil:
		case twice:
			err = fmt.Errorf("tensor %q is there twice", name)
		case name == about:
			err = d.Decode(&f.Texts)
		default:
			var p info
			err = d.Decode(&p)
			places[name] = p
			f.Tensors = append(f.Tensors, Tensor{Name: name, Shape: p.Shape})
		}
		if err != nil {
			return nil, nil, fmt.Errorf("its header: %w", err)
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, fmt.Errorf("its header: %w", err)
	}
	if rest := bytes.TrimSpace(head[d.InputOffset():]); len(rest) > 0 {
		return nil, nil, errors.New("its header does not end with its JSON object")
	}
	return f, places, nil
}

// place sorts the tensors by their places, which must fill the bytes after the header without gaps.
func (f *File) place(places map[string]info, bytes int64) error {
	slices.SortStableFunc(f.Tensors, func(a, b Tensor) int {
		x, y := places[a.Name].Offsets, places[b.Name].Offsets
		return slices.Compare(x[:], y[:])
	})
	at := int64(0)
	for _, t := range f.Tensors {
		p := places[t.Name]
		size, known := widths[p.DType]
		if !known {
			return fmt.Errorf("tensor %q is of the unknown type %s", t.Name, p.DType)
		}
		for _, n := range p.Shape {
			if n < 0 || n > 0 && size > math.MaxInt64/int64(n) {
				return fmt.Errorf("tensor %q has the impossible shape %v", t.Name, p.Shape)
			}
			size *= int64(n)
		}
		if p.Offsets[0] != at || p.Offsets[1] < at || p.Offsets[1]-at != size {
			return fmt.Errorf("tensor %q of shape %v lies at %v, expected at [%d %d]",
				t.Name, p.Shape, p.Offsets, at, at+size)
		}
		if at = p.Offsets[1]; at > bytes {
			break
		}
	}
	if at != bytes {
		return fmt.Errorf("its tensors need %d bytes or more, and there are %d: it was cut off or added to", at, bytes)
	}
	return nil
}

// values reads a tensor's.
func values(r io.Reader, p info) ([]float32, error) {
	out := make([]float32, (p.Offsets[1]-p.Offsets[0])/4)
	buffer := make([]byte, 4*min(len(out), chunk))
	for part := range slices.Chunk(out, chunk) {
		b := buffer[:4*len(part)]
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		for i := range part {
			part[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
	if !f32.Finite(out) {
		return nil, errors.New("it holds values that are not finite")
	}
	return out, nil
}
