package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"unsafe"

	"github.com/edsrzf/mmap-go"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Array is a finished file, mapped into memory for reading. Its methods may be used concurrently until Close.
type Array struct {
	Header
	path   string
	mapped mmap.MMap
	data   []byte // exactly Header.Bytes()
}

// Open maps the array in the file at path. A missing file, a file that is no .npy, a truncated one and one with bytes
// left over are errors that name the file.
func Open(path string) (*Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("npy: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Missingf("npy: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.Corruptf("npy: %s is not a file", path)
	}
	head := make([]byte, min(info.Size(), maxHeader+16))
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, fault.Corruptf("npy: read %s: %w", path, err)
	}
	h, err := ParseHeader(head)
	if err != nil {
		return nil, fault.Corruptf("npy: read %s: %w", path, err)
	}
	a := &Array{Header: h, path: path}
	if want := h.Offset + h.Bytes(); info.Size() != want {
		verb := "is truncated: it has"
		if info.Size() > want {
			verb = "is damaged: it has"
		}
		return nil, fault.Corruptf("npy: %s %s %d bytes, its header %v says %d", path, verb, info.Size(), h.Shape, want)
	}
	if h.Bytes() == 0 {
		return a, nil
	}
	if a.mapped, err = mmap.Map(f, mmap.RDONLY, 0); err != nil {
		return nil, fmt.Errorf("npy: map %s: %w", path, err)
	}
	a.data = a.mapped[h.Offset : h.Offset+h.Bytes()]
	return a, nil
}

// Close unmaps the file.
func (a *Array) Close() error {
	if a.mapped == nil {
		return nil
	}
	a.data = nil
	return a.mapped.Unmap()
}

// Path is the file's name.
func (a *Array) Path() string { return a.path }

// Data is the array's content as it lies in the file. It must not be used after Close.
func (a *Array) Data() []byte { return a.data }

// Float32At copies len(dst) elements of a float array, from element first on, into dst. It panics on integers.
func (a *Array) Float32At(dst []float32, first int) {
	switch a.DType {
	case "<f4":
		b := a.data[4*first : 4*(first+len(dst))]
		if littleEndian {
			copy(raw(dst), b)
			return
		}
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case "<f2":
		b := a.data[2*first : 2*(first+len(dst))]
		for i := range dst {
			dst[i] = F16ToF32(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case "<f8":
		b := a.data[8*first : 8*(first+len(dst))]
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
		}
	default:
		panic("npy: " + a.path + " holds " + string(a.DType) + ", not floats")
	}
}

// Halves are n elements of a float16 array, from element first on, as they lie in the file, to be read only and until
// Close; false: the array, or the machine, has others.
func (a *Array) Halves(first, n int) ([]uint16, bool) {
	if a.DType != "<f2" || !littleEndian || n == 0 || a.Offset%2 != 0 {
		return nil, false
	}
	b := a.data[2*first : 2*(first+n)]
	return unsafe.Slice((*uint16)(unsafe.Pointer(&b[0])), n), true
}

// Float32s returns a copy of all elements of a float array, whatever its shape.
func (a *Array) Float32s() ([]float32, error) {
	if !a.Floats() {
		return nil, fault.Corruptf("npy: %s holds %s, expected floats", a.path, a.DType)
	}
	out := make([]float32, a.Len())
	a.Float32At(out, 0)
	return out, nil
}

// Floats reports whether the elements are floating-point numbers.
func (a *Array) Floats() bool { return strings.HasPrefix(string(a.DType), "<f") }

// Int32s returns a copy of all elements of an integer array. A value outside int32 is an error.
func (a *Array) Int32s() ([]int32, error) {
	out, err := Int32s(a.DType, a.data)
	if err != nil {
		return nil, fault.Corruptf("npy: %s: %w", a.path, err)
	}
	return out, nil
}

// Int32s decodes integers as they lie in a file. A type that is none and a value outside int32 are errors.
func Int32s(dt DType, data []byte) ([]int32, error) {
	size := sizes[dt]
	if strings.HasPrefix(string(dt), "<f") || size == 0 {
		return nil, fmt.Errorf("it holds %s, expected integers; save labels.astype('int32')", dt)
	}
	out := make([]int32, len(data)/size)
	for i := range out {
		v, ok := integer(data[size*i:size*(i+1)], dt)
		if !ok || v < math.MinInt32 || v > math.MaxInt32 {
			return nil, fmt.Errorf("element %d does not fit int32", i)
		}
		out[i] = int32(v)
	}
	return out, nil
}

// integer decodes one element; ok is false beyond int64.
func integer(b []byte, dt DType) (v int64, ok bool) {
	switch dt {
	case "|i1":
		return int64(int8(b[0])), true
	case "|u1", "|b1":
		return int64(b[0]), true
	case "<i2":
		return int64(int16(binary.LittleEndian.Uint16(b))), true
	case "<u2":
		return int64(binary.LittleEndian.Uint16(b)), true
	case "<i4":
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	case "<u4":
		return int64(binary.LittleEndian.Uint32(b)), true
	case "<i8":
		return int64(binary.LittleEndian.Uint64(b)), true
	default: // "<u8"
		u := binary.LittleEndian.Uint64(b)
		return int64(u), u <= math.MaxInt64
	}
}
