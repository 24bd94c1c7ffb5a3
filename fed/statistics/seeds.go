package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// OverSeeds is mean and sample standard deviation over data seeds, of the mean over the training seeds of each, whose
// values byData lists; of one data seed, over its training seeds. sd is NaN for one value, both for none.
func OverSeeds(byData [][]float64) (mean, sd float64) {
	values := make([]float64, 0, len(byData))
	for _, of := range byData {
		values = append(values, stat.Mean(of, nil))
	}
	if len(byData) == 1 {
		values = byData[0]
	}
	switch len(values) {
	case 0:
		return math.NaN(), math.NaN()
	case 1:
		return values[0], math.NaN()
	}
	return stat.MeanStdDev(values, nil)
}

// Spearman is the rank correlation of two lists of one length, ties having the mean of their ranks; NaN where one of
// them is constant.
func Spearman(a, b []float64) float64 { return stat.Correlation(Midranks(a), Midranks(b), nil) }
