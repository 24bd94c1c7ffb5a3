package told

import (
	"fmt"
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Known is what must be known before numbers are quoted. What is empty needs no warning.
type Known struct {
	Analogues  []Analogue
	LeftOut    string   // which training images are left out, such as "training on 20 of 90 images: --imbalance 9"
	Hardly     string   // that the encoder hardly knows the classes
	Notes      []string // what was left out of the data set
	Missing    string   // which seeds which methods lack
	Unrecorded string   // how many runs do not say what they depend on
	Quantized  string   // how the encoder's weights are
	Test       int      // test images
}

// Analogue is modules that stand in for something else.
type Analogue struct {
	Modules []string
	Of      string
}

// coarse is the standard error of an accuracy, in points, from which on test images are said to be few.
const coarse = 1

// Warnings are what a reader must know before quoting.
func (f *Facts) Warnings(k Known) (all []document.Finding) {
	add := func(is bool, strong, format string, args ...any) {
		if is {
			all = append(all, document.Finding{Strong: strong, Rest: " " + fmt.Sprintf(format, args...)})
		}
	}
	add(f.Data == 1 && f.Seeds > 1, "One data seed.",
		"± and bands are standard deviations over %d training seeds; another draw of long tail and clients is not in "+
			"them. No interval and no p-value is given; repeat with --data-seeds.", f.Seeds)
	add(f.Data <= 1 && f.Seeds <= 1 && len(f.Methods) > 0, "One run of each method.",
		"Nothing is repeated: there is no ± and no interval; repeat with --data-seeds.")
	add(k.Hardly != "", "Hardly known classes.", "%s.", capital(k.Hardly))
	for _, m := range f.Methods {
		chance := 100 * metric.Chance(f.Classes)
		add(f.Classes > 0 && m.Global.Mean <= chance, "No better than guessing.",
			"The global model of %s is right on %s, a guess among %d classes on %s %%.", m.Name, m.Global.spread(),
			f.Classes, tenths(chance))
	}
	for _, a := range k.Analogues {
		add(len(a.Modules) == 1, "An analogue.",
			"Module %s works on frozen features: it is an analogue of %s, not the same.", listed(a.Modules), a.Of)
		add(len(a.Modules) > 1, "Analogues.",
			"Modules %s work on frozen features: they are analogues of %s, not the same.", listed(a.Modules), a.Of)
	}
	add(k.Missing != "", "Unlike seeds.",
		"Not all ran under all seeds: %s. Differences are of the runs that both have.", k.Missing)
	add(k.LeftOut != "", "Left out.", "%s.", capital(k.LeftOut))
	add(k.Notes != nil, "The data.", "%s.", capital(strings.Join(k.Notes, "; ")))
	if e := f.coarseness(k.Test); e >= coarse {
		add(true, "Few test images.",
			"An accuracy of all %d has a standard error of %s points by the choice of images alone, groups of classes "+
				"and clients more.", k.Test, tenths(e))
	}
	add(k.Quantized != "", "Low precision.",
		"The encoder's weights are quantized (%s): less exact than float32.", k.Quantized)
	add(k.Unrecorded != "", "Not checked.", "%s", k.Unrecorded)
	return all
}

// coarseness is the standard error of zero-shot's accuracy over so many test images, in points.
func (f *Facts) coarseness(test int) float64 {
	p := f.Zero.Global / 100
	if test == 0 || !there(p) {
		return 0
	}
	return 100 * math.Sqrt(p*(1-p)/float64(test))
}
