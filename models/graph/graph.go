// Package graph reads what an ONNX file says about itself: inputs, outputs, operators, and where its weights lie. It
// writes networks too, as files of their own or appended to another.
package graph

import (
	"fmt"
	"strings"
)

// Type is the element type of a network's input or output, as ONNX numbers it.
type Type int

// The types that dual encoders use.
const (
	Float32 Type = 1
	Int32   Type = 6
	Int64   Type = 7
	Float16 Type = 10
)

// Floating tells whether the type is that of pixels and embeddings.
func (t Type) Floating() bool { return t == Float32 || t == Float16 }

// Integer tells whether the type is that of token ids.
func (t Type) Integer() bool { return t == Int32 || t == Int64 }

func (t Type) String() string {
	names := map[Type]string{Float32: "float32", Int32: "int32", Int64: "int64", Float16: "float16"}
	if s, ok := names[t]; ok {
		return s
	}
	return fmt.Sprintf("ONNX type %d", int(t))
}

// Value is an input or output of a network. Dims holds −1 for an extent that may vary, and is nil if the file gives
// no shape.
type Value struct {
	Name  string
	Type  Type
	Dims  []int64
	Batch string // the name of the first extent, if it may vary and has one: values of one name have equally many rows
}

func (v Value) String() string { return fmt.Sprintf("%s %s%v", v.Name, v.Type, v.Dims) }

// Extent is dimension i of a value of the given rank, or −1 if it varies or is not given.
func (v Value) Extent(i, rank int) int64 {
	if len(v.Dims) != rank {
		return -1
	}
	return v.Dims[i]
}

// Columns is the second extent of a matrix, or 0 if it is not declared.
func (v Value) Columns() int { return int(max(v.Extent(1, 2), 0)) }

// Graph is what an ONNX file says about itself, without its weights.
type Graph struct {
	Inputs, Outputs []Value
	External        []string // files that hold weights, relative to the ONNX file's folder, sorted
	operators       map[string]bool
}

// DynamicallyQuantized tells whether the network rounds its activations to 8 bits with a step that it takes from the
// whole batch. Then an image's embedding depends on the images beside it.
func (g *Graph) DynamicallyQuantized() bool {
	return g.operators["DynamicQuantizeLinear"] || g.operators["DynamicQuantizeMatMul"] ||
		g.operators["DynamicQuantizeLSTM"]
}

// Names lists values for a message.
func Names(values []Value) string {
	var out []string
	for _, v := range values {
		out = append(out, v.String())
	}
	return strings.Join(out, ", ")
}
