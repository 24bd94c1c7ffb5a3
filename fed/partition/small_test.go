package partition

import (
	"fmt"
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/train/seed"
)

// With a small concentration a class has one owner, as the distribution says, and not an equal share for everyone.
func TestSmallBetaDealsWholeClasses(t *testing.T) {
	train, test := balanced(100, 20), balanced(100, 5)
	for _, beta := range []float64{1e-4, 1e-6, 1e-300, 5e-324} {
		for s := range uint64(5) {
			p := mustMake(t, train, test, 100, options("dirichlet", 5, 1, beta, s))
			owners := make([]int, 100)
			for _, c := range p.Clients {
				seen := map[int32]bool{}
				for _, r := range c.Train {
					if y := train[r]; !seen[y] {
						seen[y] = true
						owners[y]++
					}
				}
			}
			split := 0
			for _, n := range owners {
				if n > 1 {
					split++
				}
			}
			// Of p, a part of 1/20 beside the largest is rare: P ≈ 4·β·log 20 for each class.
			if split > 2 {
				t.Errorf("β=%g, seed %d: %d of 100 classes have several owners", beta, s, split)
			}
		}
	}
}

// Where all concentrations are so large that their weights overflow, shares are even.
func TestHugeBetaDealsEvenly(t *testing.T) {
	for _, beta := range []float64{1e300, 1.7e308} {
		o := &Dirichlet{concentration{beta}}
		for _, p := range o.shares(20, seed.Root(1).Stream(seed.Partition), func(int) bool { return false }) {
			if math.Abs(p-0.05) > 1e-9 {
				t.Errorf("β=%g: a share of %v", beta, p)
			}
		}
	}
}

// What a client owns by Pachinko allocation follows the urn's law as long as no class is used up: of its rows, those of
// a coarse class are beta-binomial with β and (H−1)β, of those again the rows of a class with 10 and 10.
func TestPachinkoFollowsItsLaw(t *testing.T) {
	const classes, coarse, per, clients, draws = 10, 5, 10, 20, 3000
	const rows = classes * per / clients
	byClass := make([][]int, classes)
	for i := range classes * per {
		byClass[i%classes] = append(byClass[i%classes], i)
	}
	for _, beta := range concentrations {
		o := &Pachinko{concentration: concentration{beta}, Coarse: pairs(classes)}
		ofCoarse, ofClass := make([]int, rows+1), make([]int, rows+1)
		for i := range draws {
			owned, err := o.allocate(byClass, Data{Clients: clients, Root: seed.Root(i)}, "pachinko")
			if err != nil {
				t.Fatal(err)
			}
			inCoarse, inClass := 0, 0
			for _, r := range owned[0] {
				switch r % classes {
				case 0:
					inClass++
					inCoarse++
				case 1:
					inCoarse++
				}
			}
			ofCoarse[inCoarse]++
			ofClass[inClass]++
		}
		p, q := make([]float64, rows+1), make([]float64, rows+1)
		for n := range p {
			p[n] = betaBinomial(n, rows, beta, (coarse-1)*beta)
			for x := range n + 1 {
				q[x] += p[n] * betaBinomial(x, n, fineBeta, fineBeta)
			}
		}
		fits(t, fmt.Sprintf("β=%g: rows of a coarse class", beta), ofCoarse, p)
		fits(t, fmt.Sprintf("β=%g: rows of a class", beta), ofClass, q)
	}
}

// betaBinomial is the probability of x successes of n, whose chance is drawn from Beta(a, b).
func betaBinomial(x, n int, a, b float64) float64 {
	lgamma := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	lbeta := func(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }
	k, m := float64(x), float64(n)
	choose := -math.Log(m+1) - lbeta(m-k+1, k+1)
	return math.Exp(choose + lbeta(k+a, m-k+b) - lbeta(a, b))
}

// With a small concentration a client leaves a coarse class only when that is used up, for another that it keeps to.
func TestSmallBetaKeepsToACoarseClass(t *testing.T) {
	train, test := balanced(10, 40), balanced(10, 10)
	for _, beta := range []float64{1e-6, 1e-300, 5e-324} {
		for s := range uint64(5) {
			p := mustMake(t, train, test, 10, complete(options("pachinko", 10, 1, beta, s), train, 10))
			changes := 0
			for _, c := range p.Clients {
				seen := map[int32]bool{}
				for _, r := range c.Train {
					seen[train[r]/2] = true
				}
				changes += len(seen) - 1
			}
			if changes > 5 {
				t.Errorf("β=%g, seed %d: clients own %d coarse classes more than one each", beta, s, changes)
			}
		}
	}
}
