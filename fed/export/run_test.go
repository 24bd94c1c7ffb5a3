//go:build cgo

package export

import (
	"path/filepath"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// runtime starts ONNX Runtime, or skips the test.
func runtime(t *testing.T) onnx.Options {
	t.Helper()
	o := onnx.Options{Library: fixture.Runtime(t)}
	if _, err := onnx.Ready(o); err != nil {
		t.Skip(err)
	}
	return o
}

// session is an exported ONNX file that runs.
type session struct {
	*ort.DynamicAdvancedSession
	half bool // pixels are float16
	t    *testing.T
}

func open(t *testing.T, dir, input string) *session {
	t.Helper()
	path := filepath.Join(dir, ONNXFile)
	s, err := ort.NewDynamicAdvancedSession(path, []string{input}, []string{logitsName, probabilities}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Destroy() })
	inputs, outputs, err := ort.GetInputOutputInfo(path)
	if err != nil || len(inputs) != 1 || len(outputs) != 2 {
		t.Fatalf("%v: inputs %v, outputs %v", err, inputs, outputs)
	}
	return &session{s, inputs[0].DataType == ort.TensorElementDataTypeFloat16, t}
}

// run gives logits and probabilities.
func (s *session) run(x []float32, dims ...int64) (logits, chances f32.Matrix) {
	s.t.Helper()
	var in ort.Value
	var err error
	if s.half {
		half := npy.AppendFloats(nil, "<f2", x)
		in, err = ort.NewCustomDataTensor(ort.NewShape(dims...), half, ort.TensorElementDataTypeFloat16)
	} else {
		in, err = ort.NewTensor(ort.NewShape(dims...), x)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer in.Destroy()
	out := make([]ort.Value, 2)
	if err := s.Run([]ort.Value{in}, out); err != nil {
		s.t.Fatal(err)
	}
	matrices := make([]f32.Matrix, 2)
	for i, v := range out {
		shape := v.GetShape()
		matrices[i] = f32.Of(int(shape[0]), int(shape[1]), v.(*ort.Tensor[float32]).GetData()).Clone()
		_ = v.Destroy()
	}
	return matrices[0], matrices[1]
}

// notes are the metadata of the file.
func (s *session) notes() map[string]string {
	s.t.Helper()
	m, err := s.GetModelMetadata()
	if err != nil {
		s.t.Fatal(err)
	}
	defer m.Destroy()
	keys, err := m.GetCustomMetadataMapKeys()
	if err != nil {
		s.t.Fatal(err)
	}
	notes := map[string]string{}
	for _, key := range keys {
		notes[key], _, _ = m.LookupCustomMetadataMap(key)
	}
	return notes
}
