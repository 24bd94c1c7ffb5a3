package weights_test

import (
	"math"
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

// The last blocks of the built-in model's image tower give, from what goes into them, what ONNX Runtime gives.
func TestTinyVision(t *testing.T) {
	m, err := models.Open(tiny.Folder(), models.Options{NoText: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, blocks := range []int{1, 2, 0} {
		w, err := weights.Vision(m, blocks)
		if err != nil {
			t.Fatal(err)
		}
		o := onnx.Options{Library: fixture.Runtime(t), Threads: 1, Tap: w.Tap.Value, TokensFirst: w.Tap.TokensFirst}
		opened, err := onnx.Open(m, o)
		if err != nil {
			t.Fatal(err)
		}
		e := opened.(models.TokenEncoder)
		length, width := e.Tokens()
		if length != w.Length || width != w.Width || w.All != 4 {
			t.Fatalf("%d tokens of %d, the file says %d of %d in %d blocks", length, width, w.Length, w.Width, w.All)
		}
		const n = 3
		want, x := f32.New(n, e.Traits().Dim), f32.New(n*length, width)
		if err := e.EncodeTokens(pixels(n, m.Preprocess.Size), n, want.Data, x.Data); err != nil {
			t.Fatal(err)
		}
		got := through(encoder.NewVision(w.VisionWeights), x, length)
		for i := range n {
			f32.Normalize(got.Row(i), got.Row(i))
			f32.Normalize(want.Row(i), want.Row(i))
			if far := f32.Distance(got.Row(i), want.Row(i)); far > 1e-5 {
				t.Errorf("%d blocks, image %d: %v apart", blocks, i, far)
			}
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// pixels are n made-up pictures, as forms.py makes them.
func pixels(n, size int) []float32 {
	all := make([]float32, n*3*size*size)
	for i := range all {
		all[i] = float32(math.Sin(float64(i*i%977) / 40))
	}
	return all
}

// through lets tokens through the end of a tower, with low-rank terms that add nothing.
func through(tower *encoder.Vision, x f32.Matrix, length int) f32.Matrix {
	in := encoder.Images{Tokens: x, Length: length}
	if tower.Blocks() == 1 {
		in = tower.Normalised(encoder.Work{}, x, length)
	}
	low := make([]encoder.LowRank, tower.Blocks())
	for i := range low {
		for j := range 3 {
			low[i].A[j], low[i].B[j] = f32.New(1, x.Cols), f32.New(x.Cols, 1)
		}
	}
	return tower.Forward(encoder.Work{}, in, low, nil).Features
}
