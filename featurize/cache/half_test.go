package cache

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/tools/fixture"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/seed"
)

// A float16 cache moves logits at CLIP's scale of 100 by less than 0.01 against their row's mean, which is what
// predictions and losses see, and by 0.003 in the root mean square. With CLIP ViT-B/32's embeddings of the
// CIFAR-100 class texts in place of images the common part of a row moves too, by up to 0.013: two of their 512
// coordinates hold 60 % of the squared length, far more than those of images.
func TestHalfPrecisionLogits(t *testing.T) {
	t.Run("CLIP", func(t *testing.T) {
		text, err := readMatrix(fixture.Path(t, "data/clip/cifar100_text_vitb32.npy"))
		if err != nil {
			t.Fatal(err)
		}
		halfPrecision(t, text, 0.013)
	})
	t.Run("made up", func(t *testing.T) {
		text := f32.New(100, 512)
		rng := seed.Root(1).Stream("test")
		for i := range text.Data {
			text.Data[i] = float32(rng.NormFloat64())
		}
		halfPrecision(t, text, 0.01)
	})
}

// halfPrecision compares logits of noisy mixtures of the classes, given with CLIP's usual length of 10 and with
// length 1.
func halfPrecision(t *testing.T, text f32.Matrix, most float64) {
	for i := range text.Rows {
		f32.Normalize(text.Row(i), text.Row(i))
	}
	n := 2000
	x := f32.New(n, text.Cols)
	rng := seed.Root(2).Stream("test")
	for i := range n {
		length := []float32{1, 10}[i%2]
		f32.Axpy(length, text.Row(i%text.Rows), x.Row(i))
		f32.Axpy(length*rng.Float32(), text.Row(rng.IntN(text.Rows)), x.Row(i))
		for j := range x.Row(i) {
			x.Row(i)[j] += length * 0.03 * float32(rng.NormFloat64())
		}
	}
	logits := func(dt npy.DType) f32.Matrix {
		p := testContents(n, 1, dt)
		p.Dim, p.Classes = text.Cols, make([]string, text.Rows)
		dir := filepath.Join(t.TempDir(), "cache")
		w, err := Create(dir, p, Shard{}, false)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		for _, s := range p.Splits {
			for index := range testParts(s.Rows) {
				first, last := index*PartRows, min((index+1)*PartRows, s.Rows)
				part := Part{
					Split:    s.Name,
					Index:    index,
					Features: f32.Of(last-first, text.Cols, x.Data[first*text.Cols:last*text.Cols]),
					Labels:   make([]int32, last-first),
				}
				for i := first; i < last; i++ {
					part.Files = append(part.Files, file(s.Name, i))
				}
				if err := w.WritePart(part); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.PutText(text); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Finish(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		c := open(t, dir)
		s, err := c.Split("train")
		if err != nil {
			t.Fatal(err)
		}
		all, rows := f32.New(n, text.Cols), make([]int, n)
		for i := range rows {
			rows[i] = i
		}
		if err := s.Gather(all, rows); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			f32.Normalize(all.Row(i), all.Row(i))
		}
		out := f32.New(n, text.Rows)
		f32.MulT(out, all, c.Text)
		return out
	}
	whole, half := logits("<f4"), logits("<f2")
	var largest, centred, squares float64
	for i := range n {
		moved, mean := make([]float64, text.Rows), 0.0
		for c := range moved {
			moved[c] = 100 * (float64(half.Row(i)[c]) - float64(whole.Row(i)[c]))
			mean += moved[c] / float64(text.Rows)
		}
		for _, d := range moved {
			largest, centred = math.Max(largest, math.Abs(d)), math.Max(centred, math.Abs(d-mean))
			squares += d * d / float64(len(whole.Data))
		}
	}
	t.Logf("logits move by %.4f at most, by %.4f against their row's mean, root mean square %.4f",
		largest, centred, math.Sqrt(squares))
	if largest > most || centred > 0.01 || squares > 0.003*0.003 || largest == 0 {
		t.Error("that is more than documented")
	}
}
