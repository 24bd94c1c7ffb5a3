//go:build cgo

package onnx

import (
	"encoding/binary"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/npy"
)

// floats makes a tensor of numbers in the type that the network wants; float32 is not copied.
func floats(kind graph.Type, data []float32, dims ...int64) (ort.Value, error) {
	if kind == graph.Float32 {
		return ort.NewTensor(ort.NewShape(dims...), data)
	}
	half := make([]byte, 0, 2*len(data))
	for _, v := range data {
		half = binary.LittleEndian.AppendUint16(half, npy.F32ToF16(v))
	}
	return ort.NewCustomDataTensor(ort.NewShape(dims...), half, ort.TensorElementDataTypeFloat16)
}

// ints makes a tensor of ids in the type that the network wants; int64 is not copied.
func ints(kind graph.Type, data []int64, dims ...int64) (ort.Value, error) {
	if kind == graph.Int64 {
		return ort.NewTensor(ort.NewShape(dims...), data)
	}
	short := make([]int32, len(data))
	for i, v := range data {
		short[i] = int32(v)
	}
	return ort.NewTensor(ort.NewShape(dims...), short)
}

// roomFor is a tensor for n rows of an output. A float32 output is written into out; of another, done converts it
// into out once the network has run.
func roomFor(kind graph.Type, out []float32, n, width int) (v ort.Value, done func(), err error) {
	shape := ort.NewShape(int64(n), int64(width))
	if kind == graph.Float32 {
		v, err = ort.NewTensor(shape, out[:n*width])
		return v, func() {}, err
	}
	half := make([]byte, 2*n*width)
	v, err = ort.NewCustomDataTensor(shape, half, ort.TensorElementDataTypeFloat16)
	return v, func() {
		halves(out[:n*width], half)
	}, err
}

// halves converts float16 into out.
func halves(out []float32, half []byte) {
	for i := range out {
		out[i] = npy.F16ToF32(binary.LittleEndian.Uint16(half[2*i:]))
	}
}

// width is the number of columns of a result (rows, columns) that ONNX Runtime has made room for.
func width(v ort.Value, rows int) (int, error) {
	shape := v.GetShape()
	if len(shape) != 2 || shape[0] != int64(rows) || shape[1] < 1 {
		return 0, fmt.Errorf("the embedding of %d rows has shape %v", rows, shape)
	}
	return int(shape[1]), nil
}

// destroy frees tensors; that of ours cannot fail.
func destroy(values []ort.Value) {
	for _, v := range values {
		if v != nil {
			_ = v.Destroy()
		}
	}
}
