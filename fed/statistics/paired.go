// Package statistics has what tells methods apart that ran on the same worlds: paired differences with intervals,
// corrections for many comparisons, rank tests over settings, and a bootstrap that covers data, training and test
// images. Numbers go in, numbers come out; those in testdata were made with SciPy, statsmodels and scikit-posthocs.
package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Level is the level of tests, and 1 − Level that of intervals.
const Level = 0.05

// Difference is that of two methods on the same runs. A data seed, which draws the long tail and the partition, is the
// independent unit: training seeds of one data seed share its world, so their spread understates the truth.
type Difference struct {
	Each          []float64 // d_i = mean_j d_ij, of every data seed
	Mean, SD      float64   // of Each; SD is NaN for one data seed, as is all that follows from it
	Low, High     float64   // the 95 % interval: Mean ± t_{.975,D−1} · SD/√D
	T, P          float64   // Mean/(SD/√D), and the two-sided p of Student's t with D−1 degrees of freedom
	DataSeeds     int       // D
	Seeds         int       // S, of every data seed
	TrainVariance float64   // mean_i var_j d_ij; NaN for one training seed, which cannot tell it from the other
	DataVariance  float64   // max(0, var_i d_i − TrainVariance/S)
}

// Paired is the difference method − reference, of scores by data seed and, within it, training seed. It is an error if
// they are not of the same runs. Scores of NaN make a difference of NaN.
func Paired(method, reference [][]float64) (Difference, error) {
	if len(method) == 0 || len(method) != len(reference) {
		return Difference{}, fmt.Errorf("statistics: %d and %d data seeds are no pairs", len(method), len(reference))
	}
	d := Difference{DataSeeds: len(method), Seeds: len(method[0])}
	var within float64
	for i, scores := range method {
		if len(scores) == 0 || len(scores) != d.Seeds || len(reference[i]) != d.Seeds {
			return Difference{}, fmt.Errorf("statistics: %d and %d training seeds of data seed %d are no pairs, or "+
				"not the %d of the first", len(scores), len(reference[i]), i, d.Seeds)
		}
		each := make([]float64, d.Seeds)
		for j := range each {
			each[j] = scores[j] - reference[i][j]
		}
		mean, variance := stat.MeanVariance(each, nil)
		d.Each = append(d.Each, mean)
		within += variance
	}
	d.infer(within / float64(d.DataSeeds))
	return d, nil
}

// infer forms what follows from Each, and from the variance within data seeds.
func (d *Difference) infer(within float64) {
	n := float64(d.DataSeeds)
	d.Mean, d.SD, d.Low, d.High, d.T, d.P = stat.Mean(d.Each, nil), nan, nan, nan, nan, nan
	d.TrainVariance, d.DataVariance = nan, nan
	if d.Seeds > 1 {
		d.TrainVariance = within
	}
	if d.DataSeeds < 2 {
		return
	}
	d.SD = stat.StdDev(d.Each, nil)
	half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(1-Level/2) * d.SD / math.Sqrt(n)
	d.Low, d.High = d.Mean-half, d.Mean+half
	d.T = d.Mean / (d.SD / math.Sqrt(n))
	if d.Mean == 0 {
		d.T = 0 // 0/0 where a method is compared with its equal
	}
	d.P = twoSided(d.T, n-1)
	if d.Seeds > 1 {
		d.DataVariance = math.Max(0, d.SD*d.SD-within/float64(d.Seeds))
	}
}

// twoSided is the p of Student's t. As the incomplete beta function it keeps its digits where 1 − CDF has none left.
func twoSided(t, degrees float64) float64 {
	return mathext.RegIncBeta(degrees/2, 0.5, degrees/(degrees+t*t))
}

var nan = math.NaN()
