package graph

import (
	"bytes"
	"strings"
	"testing"
)

// base is a file with a network of one operator, two outputs, and notes.
func base(opset int) []byte {
	b := &Builder{Opset: opset}
	x := b.Input(Value{Name: "x", Type: Float32, Dims: []int64{-1, 3}, Batch: "n"})
	y := b.Node("MatMul", []string{x, b.Floats("w", []float32{1, 2, 3}, 3, 1)})
	b.Output(y, Value{Name: "y", Type: Float32, Dims: []int64{-1, 1}, Batch: "n"})
	b.Output(x, Value{Name: "z", Type: Float32, Dims: []int64{-1, 3}, Batch: "n"})
	b.Note("who", "me")
	return b.File("test", "base")
}

func extend(t *testing.T, file []byte) *Base {
	t.Helper()
	b, err := Extend(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, file []byte) *Graph {
	t.Helper()
	g, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// What is built reads as it was declared.
func TestBuilder(t *testing.T) {
	g := read(t, base(Opset))
	if got := Names(g.Inputs) + "; " + Names(g.Outputs); got != "x float32[-1 3]; y float32[-1 1], z float32[-1 3]" ||
		g.Inputs[0].Batch != "n" || !g.operators["MatMul"] || !g.operators["Identity"] {
		t.Errorf("%s %v", got, g)
	}
}

// What is appended has the file's inputs and its own outputs, and all else of the file stays, byte by byte.
func TestAppend(t *testing.T) {
	file := base(13)
	to := extend(t, file)
	b := to.Builder("head/")
	if b.Opset != 13 || b.Prefix != "head/" {
		t.Errorf("%+v", b)
	}
	b.Output(b.Node("Relu", []string{"y"}), Value{Name: "out", Type: Float32, Dims: []int64{2, 1}})
	b.Note("what", "head")
	var out bytes.Buffer
	if err := to.Append(&out, b); err != nil {
		t.Fatal(err)
	}
	g := read(t, out.Bytes())
	if got := Names(g.Inputs) + "; " + Names(g.Outputs); got != "x float32[-1 3]; out float32[2 1]" ||
		!g.operators["MatMul"] || !g.operators["Relu"] {
		t.Errorf("%s %v", got, g.operators)
	}
	for _, s := range []string{"who", "me", "what", "head"} {
		if !strings.Contains(out.String(), s) {
			t.Errorf("no %q in the file", s)
		}
	}

	// A second time: names that begin like the first head's are taken.
	again := extend(t, out.Bytes())
	if b := again.Builder("head/"); b.Prefix != "_head/" {
		t.Errorf("prefix %q", b.Prefix)
	}
}

// Files that nothing can be appended to, and damaged ones, are refused.
func TestUnfit(t *testing.T) {
	file := base(13)
	to := extend(t, file)
	b := to.Builder("head/")
	b.Output("y", Value{Name: "w", Type: Float32})
	if err := to.Append(new(bytes.Buffer), b); err == nil || !strings.Contains(err.Error(), `a value "w" of its own`) {
		t.Error(err)
	}
	to.size = maxFile
	b = to.Builder("head/")
	b.Output("y", Value{Name: "v", Type: Float32})
	if err := to.Fits(b); err == nil || !strings.Contains(err.Error(), "an ONNX file can have 2147483647") {
		t.Error(err)
	}
	old := base(9)
	_, err := Extend(bytes.NewReader(old), int64(len(old)))
	if err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Error(err)
	}
	for n := range file {
		if e, err := Extend(bytes.NewReader(file[:n]), int64(n)); err == nil && e.opset != 13 {
			t.Errorf("%d of %d bytes have operators of version %d", n, len(file), e.opset)
		}
	}
}
