package told

import (
	"slices"
	"testing"
)

// What must be known is said once; without a reason nothing is.
func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name   string
		known  Known
		change func(*Facts)
		want   []string
	}{
		{"none", Known{Test: 9600}, func(f *Facts) { f.Data = 5 }, nil},
		{"training seeds", Known{}, func(*Facts) {}, []string{
			"One data seed. ± and bands are standard deviations over 5 training seeds; another draw of long tail and " +
				"clients is not in them. No interval and no p-value is given; repeat with --data-seeds.",
		}},
		{"one run, below chance, few images", Known{Test: 100}, func(f *Facts) {
			f.Seeds, f.Methods[1].Global.Mean, f.Methods[1].Global.SD = 1, 1, nan
		}, []string{
			"One run of each method. Nothing is repeated: there is no ± and no interval; repeat with --data-seeds.",
			"No better than guessing. The global model of FedAvg is right on 1.0 %, a guess among 48 classes on " +
				"2.1 %.",
			"Few test images. An accuracy of all 100 has a standard error of 4.5 points by the choice of images " +
				"alone, groups of classes and clients more.",
		}},
		{"all that is known", Known{
			Analogues: []Analogue{{[]string{"lora"}, "LoRA inside the encoder's attention"}, {[]string{"a", "b"}, "c"}},
			LeftOut:   "training on 20 of 90 images: x",
			Hardly:    "zero-shot gets 5 %", Notes: []string{"1 file outside class folders", "1 image"},
			Missing: "FedAvg lacks data 1 seed 2", Unrecorded: "1 of 2 runs.", Quantized: "dynamic",
		}, func(f *Facts) { f.Data = 2 }, []string{
			"Hardly known classes. Zero-shot gets 5 %.",
			"An analogue. Module lora works on frozen features: it is an analogue of LoRA inside the encoder's " +
				"attention, not the same.",
			"Analogues. Modules a and b work on frozen features: they are analogues of c, not the same.",
			"Unlike seeds. Not all ran under all seeds: FedAvg lacks data 1 seed 2. Differences are of the runs that " +
				"both have.",
			"Left out. Training on 20 of 90 images: x.",
			"The data. 1 file outside class folders; 1 image.",
			"Low precision. The encoder's weights are quantized (dynamic): less exact than float32.",
			"Not checked. 1 of 2 runs.",
		}},
	} {
		f := demo()
		c.change(&f)
		var got []string
		for _, w := range f.Warnings(c.known) {
			got = append(got, w.Strong+w.Rest)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q\nwant %q", c.name, got, c.want)
		}
	}
}
