package pixel

import (
	"encoding/json"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/models"
)

// Area, ratio and centre of random crops are distributed as torchvision's, on pictures of several shapes.
func TestRandomCropsFollowTorchvision(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "crops.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Draws int
		Sizes []struct {
			W, H     int
			Mean, SD []float64
		}
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, s := range want.Sizes {
		const n = 50_000
		var sum, squares [4]float64
		for range n {
			c := randomCrop(s.W, s.H, rng)
			if !image.Rect(c.left, c.top, c.left+c.width, c.top+c.height).In(image.Rect(0, 0, s.W, s.H)) ||
				c.width < 1 || c.height < 1 {
				t.Fatalf("%d×%d: crop %+v", s.W, s.H, c)
			}
			for k, v := range []float64{
				float64(c.width*c.height) / float64(s.W*s.H),
				float64(c.width) / float64(c.height),
				(float64(c.left) + float64(c.width)/2) / float64(s.W),
				(float64(c.top) + float64(c.height)/2) / float64(s.H),
			} {
				sum[k] += v / n
				squares[k] += v * v / n
			}
		}
		for k, what := range []string{"area", "ratio", "centre x", "centre y"} {
			sd := math.Sqrt(max(0, squares[k]-sum[k]*sum[k]))
			room := 5*s.SD[k]*math.Sqrt(1.0/n+1/float64(want.Draws)) + 2e-6
			if math.Abs(sum[k]-s.Mean[k]) > room || math.Abs(sd-s.SD[k]) > 0.02*s.SD[k]+1e-5 {
				t.Errorf("%d×%d: %s %.5f ± %.5f, torchvision %.5f ± %.5f",
					s.W, s.H, what, sum[k], sd, s.Mean[k], s.SD[k])
			}
		}
	}
}

// A view is the crop, resized to the whole input, and its mirror image in half of the cases.
func TestRandomView(t *testing.T) {
	img := formula(60, 45)
	p := recipe(t, clip(24, "hf"))
	mirrored := 0
	for k := range uint64(40) {
		got, want := make([]float32, 3*24*24), make([]float32, 3*24*24)
		p.ApplyRandom(img, rand.New(rand.NewPCG(k, 0)), got)
		c := randomCrop(60, 45, rand.New(rand.NewPCG(k, 0)))
		p.normalise(resize(img.cut(c), bicubic, 24, 24, window{0, 0, 24, 24}), want)
		if !slices.Equal(got, want) {
			mirrored++
			mirror(want, 24)
			if !slices.Equal(got, want) {
				t.Fatalf("view %d is neither its crop %+v nor the mirror image", k, c)
			}
		}
	}
	if mirrored < 10 || mirrored > 30 {
		t.Errorf("%d of 40 are mirrored", mirrored)
	}
	released, err := models.Preset("cifar-released", 24, "hf")
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]float32, 3*24*24), make([]float32, 3*24*24)
	for k, dst := range [][]float32{a, b} {
		recipe(t, released).ApplyRandom(img, rand.New(rand.NewPCG(uint64(k), 0)), dst)
	}
	if slices.Equal(a, b) {
		t.Error("two seeds, one view")
	}
}
