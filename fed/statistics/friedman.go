package statistics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Omnibus asks whether the methods differ at all over the settings. Only if they do, pairs are compared.
type Omnibus struct {
	ChiSquared, PChiSquared float64 // Friedman's, corrected for ties
	F, P                    float64 // Iman and Davenport's, which is less conservative
	Between, Within         float64 // the degrees of freedom of F: k−1 and (k−1)(N−1)
}

// Friedman tests the ranks [setting][method] of k methods in N settings:
//
//	χ² = [12N/(k(k+1)) (Σ R̄² − k(k+1)²/4)] / [1 − Σ(t³−t)/(N(k³−k))],  F = (N−1)χ² / (N(k−1) − χ²)
//
// with t the sizes of the ties. Methods that tie everywhere have p = 1. It takes two of either.
func Friedman(each [][]float64) Omnibus {
	n, k := float64(len(each)), float64(len(each[0]))
	mean := make([]float64, len(each[0]))
	var ties float64
	for _, ranks := range each {
		for m, r := range ranks {
			mean[m] += r / n
			ties += tied(ranks, r)
		}
	}
	o := Omnibus{PChiSquared: 1, P: 1, Between: k - 1, Within: (k - 1) * (n - 1)}
	differ := 1 - ties/(n*(k*k*k-k))
	if differ < 1e-12 {
		return o
	}
	var squares float64
	for _, r := range mean {
		squares += r * r
	}
	o.ChiSquared = max(0, 12*n/(k*(k+1))*(squares-k*(k+1)*(k+1)/4)/differ)
	o.PChiSquared = distuv.ChiSquared{K: k - 1}.Survival(o.ChiSquared)
	left := n*(k-1) - o.ChiSquared
	if left < 1e-9 { // all settings agree
		o.F, o.P = math.Inf(1), 0
		return o
	}
	o.F = (n - 1) * o.ChiSquared / left
	o.P = mathext.RegIncBeta(o.Within/2, o.Between/2, o.Within/(o.Within+o.Between*o.F))
	return o
}

// tied is the share of one of t tied methods in t³ − t, which is t² − 1.
func tied(ranks []float64, rank float64) float64 {
	var t float64
	for _, r := range ranks {
		if r == rank {
			t++
		}
	}
	return t*t - 1
}

// Nemenyi is the critical difference of mean ranks, q √(k(k+1)/(6N)), at Level: methods that are farther apart differ.
// It depends on which other methods there are, where Pairwise does not.
func Nemenyi(methods, settings int) (float64, error) {
	if methods < 2 || methods-2 >= len(nemenyi) {
		return 0, fmt.Errorf("statistics: Nemenyi's test knows 2 to %d methods, not %d", len(nemenyi)+1, methods)
	}
	k := float64(methods)
	return nemenyi[methods-2] * math.Sqrt(k*(k+1)/(6*float64(settings))), nil
}

// nemenyi is the quantile of the studentized range of k = 2, 3, … groups and infinitely many degrees of freedom at
// 1 − Level, over √2.
var nemenyi = []float64{
	1.959964, 2.343701, 2.569032, 2.727774, 2.849705, 2.94832, 3.030878, 3.10173, 3.163684, 3.218654, 3.268004,
	3.312739, 3.353618, 3.39123, 3.426041, 3.458425, 3.488685, 3.517073, 3.543799, 3.56904, 3.592946, 3.615646,
	3.637252, 3.657861, 3.677556, 3.696413, 3.714498, 3.731869, 3.748578,
}
