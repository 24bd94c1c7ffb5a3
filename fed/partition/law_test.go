package partition

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fedpurel/fedpurel/train/seed"
)

// concentrations are those at which the laws are tested: from one owner a class to even shares.
var concentrations = []float64{1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.199, 0.2, 0.5, 1, 10, 100, 1e3}

// leastP is the smallest P-value that passes: some hundred are formed, of fixed seeds.
const leastP = 1e-3

// fits compares how often each outcome was seen with its probability, by Pearson's χ². Rare outcomes are pooled with
// the next; the last takes what is left.
func fits(t *testing.T, what string, seen []int, probability []float64) {
	t.Helper()
	n := 0
	for _, s := range seen {
		n += s
	}
	var got, want []float64
	open := false
	for i, s := range seen {
		if !open {
			got, want = append(got, 0), append(want, 0)
		}
		last := len(got) - 1
		got[last] += float64(s)
		want[last] += float64(n) * probability[i]
		open = want[last] < 5
	}
	if last := len(got) - 1; open && last > 0 {
		got[last-1], want[last-1] = got[last-1]+got[last], want[last-1]+want[last]
		got, want = got[:last], want[:last]
	}
	if total := floats.Sum(want); math.Abs(total-float64(n)) > 1e-6*float64(n) {
		t.Fatalf("%s: the probabilities sum to %v", what, total/float64(n))
	}
	if len(got) < 2 {
		return
	}
	chi2 := stat.ChiSquare(got, want)
	if p := (distuv.ChiSquared{K: float64(len(got) - 1)}).Survival(chi2); p < leastP {
		t.Errorf("%s: P = %.2g: seen %.0f, expected %.1f", what, p, got, want)
	}
}

// between counts the values in the bins that the ascending edges cut, and gives the bins' probabilities by their
// distribution function at the edges.
func between(values, edges, below []float64) (seen []int, probability []float64) {
	seen, probability = make([]int, len(edges)+1), make([]float64, len(edges)+1)
	for _, v := range values {
		i, _ := slices.BinarySearchFunc(edges, v, func(edge, v float64) int {
			if edge <= v {
				return -1
			}
			return 1
		})
		seen[i]++
	}
	last := 0.0
	for i, p := range append(slices.Clone(below), 1) {
		probability[i], last = p-last, p
	}
	return seen, probability
}

// Shares follow the Dirichlet distribution at every concentration, those among clients that are not full as well: a
// client's share is Beta(β, (K−1)β), the largest is P(max > s) = K·P(p > s) for s ≥ ½, anyone's with the same chance,
// and E Σp² = (β+1)/(Kβ+1).
func TestSharesAreDirichlet(t *testing.T) {
	const draws = 4000
	for _, beta := range concentrations {
		for _, c := range []struct{ clients, full int }{{2, 0}, {5, 0}, {20, 0}, {10, 5}} {
			K := float64(c.clients - c.full)
			what := fmt.Sprintf("β=%g, %d clients, %d full: ", beta, c.clients, c.full)
			o := &Dirichlet{concentration{beta}}
			var first, largest, squares []float64
			owners := make([]int, c.clients)
			for i := range draws {
				rng := seed.Root(i).Stream(seed.Partition, 0, uint64(c.clients), 1)
				p := o.shares(c.clients, rng, func(k int) bool { return k < c.full })
				if s := floats.Sum(p); math.Abs(s-1) > 1e-12 || floats.Sum(p[:c.full]) > 0 {
					t.Fatalf("%sshares %v sum to %v", what, p, s)
				}
				first, largest = append(first, p[c.full]), append(largest, slices.Max(p))
				squares = append(squares, floats.Dot(p, p))
				owners[floats.MaxIdx(p)]++
			}
			beta1, beta2 := beta, (K-1)*beta
			edges := []float64{1e-12, 1e-6, 1e-3, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 1 - 1e-6}
			sd := math.Sqrt((K - 1) / (K * K * (K*beta + 1)))
			for _, z := range []float64{-1.3, -0.5, 0, 0.5, 1.3} { // where all are nearly even, the bins lie closer
				if x := 1/K + z*sd; x > 0.01 && x < 0.99 {
					edges = append(edges, x)
				}
			}
			slices.Sort(edges)
			below := make([]float64, len(edges))
			for i, x := range edges {
				below[i] = mathext.RegIncBeta(beta1, beta2, x)
			}
			seen, probability := between(first, edges, below)
			fits(t, what+"a client's share", seen, probability)

			half := []float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.99, 0.999, 1 - 1e-6}
			below = make([]float64, len(half))
			for i, x := range half {
				below[i] = 1 - K*mathext.RegIncBeta(beta2, beta1, 1-x)
			}
			seen, probability = between(largest, half, below)
			fits(t, what+"the largest share", seen, probability)

			even := make([]float64, c.clients)
			floats.AddConst(1/K, even[c.full:])
			fits(t, what+"whose is the largest", owners[c.full:], even[c.full:])

			mean, deviation := stat.MeanStdDev(squares, nil)
			want := (beta + 1) / (K*beta + 1)
			if off := math.Abs(mean - want); off > 4*deviation/math.Sqrt(draws)+1.0/draws {
				t.Errorf("%smean Σp² is %v, want %v", what, mean, want)
			}
		}
	}
}
