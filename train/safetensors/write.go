// Package safetensors writes and reads named float32 arrays in the file format of the safetensors library, which
// PyTorch, NumPy, JAX and TensorFlow programs load:
//
//	tensors = safetensors.numpy.load_file("model.safetensors")
//
// A file is the length of its header (8 bytes, little-endian), the header, a JSON object with dtype, shape and place of
// every array, and the arrays one after the other. Write lays it out as that library does: arrays by name, the header
// filled up with blanks to a multiple of 8 bytes.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/npy"
)

// Tensor is a named array in row-major order. Without a shape it is one number.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
}

// info is a tensor in the header.
type info struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // from the end of the header
}

// about is the name under which a header holds texts about the file.
const about = "__metadata__"

// Write writes tensors, whose names differ, and texts about them, which may be nil.
func Write(w io.Writer, tensors []Tensor, texts map[string]string) error {
	tensors = slices.Clone(tensors)
	slices.SortFunc(tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	h, err := header(tensors, texts)
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if _, err := w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h...)); err != nil {
		return err
	}
	var buffer []byte
	for _, t := range tensors {
		for part := range slices.Chunk(t.Data, chunk) {
			buffer = npy.AppendFloats(buffer[:0], "<f4", part)
			if _, err := w.Write(buffer); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunk is how many values are converted at a time.
const chunk = 1 << 16

// header describes tensors that are sorted by name.
func header(tensors []Tensor, texts map[string]string) ([]byte, error) {
	fields, at := map[string]any{}, int64(0)
	names := make([]string, 0, len(tensors)+1)
	if texts != nil {
		fields[about] = texts
		names = append(names, about)
	}
	for _, t := range tensors {
		size := 1
		for _, n := range t.Shape {
			size *= n
		}
		if _, twice := fields[t.Name]; twice || t.Name == about || size != len(t.Data) {
			return nil, fmt.Errorf("tensor %q is there twice, or has not the shape %v", t.Name, t.Shape)
		}
		end := at + 4*int64(size)
		fields[t.Name] = info{DType: "F32", Shape: append([]int{}, t.Shape...), Offsets: [2]int64{at, end}}
		names, at = append(names, t.Name), end
	}
	var b bytes.Buffer
	encode := json.NewEncoder(&b)
	encode.SetEscapeHTML(false)
	for i, name := range names {
		b.WriteByte("{,"[min(i, 1)])
		for j, v := range []any{name, fields[name]} {
			if err := encode.Encode(v); err != nil {
				return nil, err
			}
			b.Truncate(b.Len() - 1) // the newline
			if j == 0 {
				b.WriteByte(':')
			}
		}
	}
	if len(names) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	return b.Bytes(), nil
}
