package safetensors

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// widths are the bytes of a number, by type.
var widths = map[string]int64{
	"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
	"F8_E4M3": 1, "F8_E5M2": 1, "I8": 1, "U8": 1, "BOOL": 1,
}

// Index is where the tensors of a file lie, whatever their types, for readers that want few of many: a checkpoint.
type Index struct {
	from   io.ReaderAt
	start  int64 // of the tensors
	places map[string]info
}

// OpenIndex reads the header of a file of so many bytes.
func OpenIndex(from io.ReaderAt, size int64) (*Index, error) {
	head, err := readHeader(io.NewSectionReader(from, 0, size), size)
	if err != nil {
		return nil, err
	}
	f, places, err := parse(head)
	if err != nil {
		return nil, err
	}
	if err := f.place(places, size-8-int64(len(head))); err != nil {
		return nil, err
	}
	return &Index{from, 8 + int64(len(head)), places}, nil
}

// Shape is a tensor's; there is false if the file has none of this name.
func (x *Index) Shape(name string) (shape []int, there bool) {
	p, there := x.places[name]
	return p.Shape, there
}

// Floats reads a tensor of float32, float16 or bfloat16, all of whose values must be finite.
func (x *Index) Floats(name string) ([]float32, error) {
	p, there := x.places[name]
	if !there {
		return nil, fmt.Errorf("it has no tensor %q", name)
	}
	var number func(b []byte) float32
	switch p.DType {
	case "F32":
		number = func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case "F16":
		number = func(b []byte) float32 { return npy.F16ToF32(binary.LittleEndian.Uint16(b)) }
	case "BF16":
		number = func(b []byte) float32 {
			return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
		}
	default:
		return nil, fmt.Errorf("tensor %q is of type %s; F32, F16 and BF16 are read", name, p.DType)
	}
	raw := make([]byte, p.Offsets[1]-p.Offsets[0])
	if _, err := x.from.ReadAt(raw, x.start+p.Offsets[0]); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("tensor %q: %w", name, err)
	}
	width := int(widths[p.DType])
	out := make([]float32, len(raw)/width)
	for i := range out {
		out[i] = number(raw[i*width:])
	}
	if !f32.Finite(out) {
		return nil, fmt.Errorf("tensor %q holds values that are not finite", name)
	}
	return out, nil
}
