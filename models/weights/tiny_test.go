package weights_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/tiny"
	"github.com/fedpurel/fedpurel/models/weights"
	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/encoder"
	"github.com/fedpurel/fedpurel/train/f32"
)

// The text tower of the built-in model gives what ONNX Runtime gives.
func TestTinyText(t *testing.T) {
	m, err := models.Open(tiny.Folder(), models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := weights.Text(m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := onnx.Open(m, onnx.Options{Library: fixture.Runtime(t), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	tower := encoder.NewText(w)
	texts := [][]int{{628, 524, 513, 629}, {628, 1, 2, 3, 4, 5, 629}, {628, 629}}
	pass := tower.Prompts(encoder.Work{}, texts, 0).Forward(encoder.Work{}, f32.New(0, tower.Width()))
	var ids []int64
	var lengths []int
	for _, text := range texts {
		for i := range m.Context {
			id := 629
			if i < len(text) {
				id = text[i]
			}
			ids = append(ids, int64(id))
		}
		lengths = append(lengths, len(text))
	}
	want := f32.New(len(texts), e.Traits().Dim)
	if err := e.EncodeText(ids, lengths, want.Data); err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		got := pass.Features.Row(i)
		f32.Normalize(got, got)
		f32.Normalize(want.Row(i), want.Row(i))
		if far := f32.Distance(got, want.Row(i)); far > 1e-5 {
			t.Errorf("text %d: %v apart", i, far)
		}
	}
}
