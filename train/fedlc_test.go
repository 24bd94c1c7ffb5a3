package train

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// The losses on logits of testdata were computed independently, in float64, and their gradients checked by differences.
func TestLossFixtures(t *testing.T) {
	type numbers struct {
		Loss    float64
		DLogits [][]float64
	}
	var f struct {
		Logits        [][]float32
		Y             []int32
		Counts        []int   `json:"class_counts"`
		CE            numbers `json:"ce"`
		LogitAdjusted numbers `json:"logit_adjusted"`
		FedLC         numbers `json:"fedlc"`
		FedLCPaper    numbers `json:"fedlc_paper"`
		LDAM          numbers `json:"ldam"`
		Weighted      numbers `json:"drw_weighted_ce"`
		Focal         numbers `json:"focal"`
	}
	data, err := os.ReadFile("testdata/losses.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	l := f32.Of(len(f.Logits), len(f.Counts), slices.Concat(f.Logits...))
	others := []int{1, 2, 3, 4}
	for name, c := range map[string]struct {
		loss    string
		options LossOptions
		owner   Owner
		want    numbers
	}{
		"ce":             {"ce", nil, Owner{}, f.CE},
		"global prior":   {"adjusted", Adjust{1, "global"}, Owner{Counts: others, All: f.Counts}, f.LogitAdjusted},
		"local prior":    {"adjusted", Adjust{1, "local"}, Owner{Counts: f.Counts, All: others}, f.LogitAdjusted},
		"fedlc":          {"fedlc", FedLC{0.1, "softmax"}, Owner{Counts: f.Counts, All: others}, f.FedLC},
		"fedlc's paper":  {"fedlc", FedLC{1, "paper"}, Owner{Counts: f.Counts, All: others}, f.FedLCPaper},
		"focal":          {"focal", Focal{2}, Owner{}, f.Focal},
		"ldam":           {"ldam", LDAM{4 * 0.5, 1, 0}, Owner{Counts: f.Counts, All: others}, f.LDAM},
		"drw":            {"ldam", LDAM{0, 0, 0.9999}, Owner{Counts: f.Counts, All: others}, f.Weighted},
		"estimate known": {"adjusted", Adjust{1, "estimated"}, Owner{All: f.Counts}, f.LogitAdjusted},
	} {
		e, err := FindLoss(c.loss)
		if err != nil {
			t.Fatal(err)
		}
		d := f32.New(l.Rows, l.Cols)
		close(t, name, e.Open(c.options, c.owner)(d, l, f.Y), c.want.Loss, 1e-6)
		for i, want := range slices.Concat(c.want.DLogits...) {
			close(t, name+"'s gradient", float64(d.Data[i]), want, 1e-7)
		}
	}
}

// FedLC at τ = 0 is the cross-entropy bit for bit, with equal counts it is up to rounding, as long as no class is
// absent.
func TestFedLCReduces(t *testing.T) {
	l, y := random(rand.New(rand.NewPCG(14, 0)), 6, 4, 2), []int32{0, 1, 2, 3, 3, 1}
	plain, d := f32.New(6, 4), f32.New(6, 4)
	want := CrossEntropy(plain, l, y)
	if v := (FedLC{0, "softmax"}).open(Owner{Counts: []int{9, 3, 2, 1}})(d, l, y); v != want ||
		!slices.Equal(d.Data, plain.Data) {
		t.Errorf("τ = 0: %v, want %v", v, want)
	}
	if v := (FedLC{3, "softmax"}).open(Owner{Counts: []int{4, 4, 4, 4}})(d, l, y); math.Abs(v-want) > 1e-6 ||
		f32.Distance(d.Data, plain.Data) > 1e-6 {
		t.Errorf("equal counts: %v, want %v", v, want)
	}
}

// Of classes that the client lacks FedLC takes no notice: exactly no gradient, and the others as if they were not
// there. A client of one class has nothing to tell apart, and a label that it lacks is misuse.
func TestFedLCWithoutClasses(t *testing.T) {
	for _, form := range FedLCForms {
		l, y := random(rand.New(rand.NewPCG(15, 0)), 5, 7, 3), []int32{0, 6, 5, 1, 1}
		d := f32.New(5, 7)
		v := (FedLC{2, form}).open(owner)(d, l, y)
		narrow, yn := f32.New(5, 6), []int32{0, 5, 4, 1, 1}
		for i := range l.Rows {
			copy(narrow.Row(i), slices.Delete(slices.Clone(l.Row(i)), lacks, lacks+1))
		}
		dn := f32.New(5, 6)
		without := Owner{Counts: slices.Delete(slices.Clone(owner.Counts), lacks, lacks+1)}
		if vn := (FedLC{2, form}).open(without)(dn, narrow, yn); math.Abs(v-vn) > 1e-6 {
			t.Errorf("%s: %v, without the absent class %v", form, v, vn)
		}
		for i := range l.Rows {
			if d.Row(i)[lacks] != 0 {
				t.Errorf("%s: an absent class has the gradient %v", form, d.Row(i)[lacks])
			}
			if f32.Distance(slices.Delete(slices.Clone(d.Row(i)), lacks, lacks+1), dn.Row(i)) > 1e-6 {
				t.Errorf("%s: the absent class changes the gradient of the others", form)
			}
		}
		single := (FedLC{2, form}).open(Owner{Counts: []int{0, 5, 0}})
		d = f32.New(2, 3)
		if v := single(d, random(rand.New(rand.NewPCG(16, 0)), 2, 3, 3), []int32{1, 1}); math.Abs(v) > 1e-6 ||
			f32.Norm(d.Data) > 1e-6 {
			t.Errorf("%s: a client of one class has the loss %v and the gradient %v", form, v, d.Data)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a label that the client lacks is taken", form)
				}
			}()
			single(d, f32.New(2, 3), []int32{1, 2})
		}()
	}
	for _, bad := range []FedLC{{-1, "paper"}, {math.NaN(), "softmax"}, {math.Inf(1), "softmax"}, {1, "pflib"}} {
		if fault.KindOf(bad.Validate()) != fault.Usage {
			t.Errorf("%+v: %v", bad, bad.Validate())
		}
	}
}
