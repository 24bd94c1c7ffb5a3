package lowrank

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// The mean of products, the product of means and their difference are those that were computed without this program.
func TestProducts(t *testing.T) {
	data, err := os.ReadFile("testdata/lora_average.json")
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		A, B           [][][]float32
		Weights        []float64
		MeanOfProducts [][]float32 `json:"mean_of_products"`
		ProductOfMeans [][]float32 `json:"product_of_means"`
		Residue        [][]float32
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	head := peft.Head{Text: f32.New(2, 3), Scale: 1}
	module, err := peft.New("lora", head, peft.LowRank{Rank: 2, Alpha: 2})
	if err != nil {
		t.Fatal(err)
	}
	u := peft.UpdatesOf(module)[0]
	p, mean := newProducts(u), make([]float32, module.Layout().Size())
	near := func(what string, got []float32, want [][]float32) {
		t.Helper()
		for i, v := range got {
			if w := want[i/3][i%3]; math.Abs(float64(v-w)) > 1e-6 {
				t.Errorf("%s: value %d is %v, want %v", what, i, v, w)
			}
		}
	}
	for k, w := range f.Weights {
		phi := make([]float32, len(mean))
		for i, row := range f.A[k] {
			copy(u.A.Of(phi).Row(i), row)
		}
		for i, row := range f.B[k] {
			copy(u.B.Of(phi).Row(i), row)
		}
		p.add(w, phi)
		f32.Axpy(float32(w), phi, mean)
	}
	near("the mean of products", p.rounded(), f.MeanOfProducts)
	p.add(-1, mean)
	near("what is lost", p.rounded(), f.Residue)
	means := newProducts(u)
	means.add(1, mean)
	near("the product of means", means.rounded(), f.ProductOfMeans)
}
