package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// chunk is the number of elements that are converted at a time.
const chunk = 8192

// WriteFloat32 writes a whole .npy file of float32.
func WriteFloat32(w io.Writer, data []float32, shape ...int) error {
	return write(w, "<f4", data, shape, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	})
}

// WriteFloat16 writes a whole .npy file of float16, rounding to nearest, ties to even.
func WriteFloat16(w io.Writer, data []float32, shape ...int) error {
	return write(w, "<f2", data, shape, func(b []byte, v float32) []byte {
		return binary.LittleEndian.AppendUint16(b, F32ToF16(v))
	})
}

// WriteInt32 writes a whole .npy file of int32.
func WriteInt32(w io.Writer, data []int32, shape ...int) error {
	return write(w, "<i4", data, shape, func(b []byte, v int32) []byte {
		return binary.LittleEndian.AppendUint32(b, uint32(v))
	})
}

// WriteUint32 writes a whole .npy file of uint32, whose bits data holds.
func WriteUint32(w io.Writer, data []uint32, shape ...int) error {
	return write(w, "<u4", data, shape, binary.LittleEndian.AppendUint32)
}

// AppendFloats appends the elements of a float array in its file form; dt is "<f4" or "<f2".
func AppendFloats(dst []byte, dt DType, data []float32) []byte {
	switch dt {
	case "<f4":
		if littleEndian {
			return append(dst, raw(data)...)
		}
		for _, v := range data {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	case "<f2":
		for _, v := range data {
			dst = binary.LittleEndian.AppendUint16(dst, F32ToF16(v))
		}
	default:
		panic("npy: append floats as " + string(dt))
	}
	return dst
}

func write[T any](w io.Writer, dt DType, data []T, shape []int, add func([]byte, T) []byte) error {
	n := 1
	for _, s := range shape {
		n *= s
	}
	if n != len(data) {
		panic(fmt.Sprintf("npy: %d elements for shape %v", len(data), shape))
	}
	if _, err := w.Write(AppendHeader(nil, dt, shape...)); err != nil {
		return err
	}
	buf := make([]byte, 0, chunk*8)
	for len(data) > 0 {
		part := data[:min(chunk, len(data))]
		data = data[len(part):]
		buf = buf[:0]
		for _, v := range part {
			buf = add(buf, v)
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
