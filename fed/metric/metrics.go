package metric

import "math"

// Balance holds the two constants of balancedness. Values are comparable only under equal constants, so every report
// states them.
type Balance struct {
	Sigma float64 `json:"sigma"` // σ, in squared accuracy (accuracy in [0,1]) for power 2
	Power float64 `json:"power"` // exponent of |a_i − a_j|
}

// DefaultBalance is σ = 0.02, power 2. The paper leaves σ open.
var DefaultBalance = Balance{Sigma: 0.02, Power: 2}

// Accuracies returns each class's accuracy in [0,1]; NaN for a class without test images.
func (c Counts) Accuracies() []float64 {
	a := make([]float64, len(c.Total))
	for i := range a {
		a[i] = ratio(c.Correct[i], c.Total[i])
	}
	return a
}

// Micro is the share of test images predicted correctly.
func (c Counts) Micro() float64 {
	var hit int64
	for _, n := range c.Correct {
		hit += n
	}
	return ratio(hit, c.Seen())
}

// Of is the mean of the per-class accuracies over the classes of a group. Classes without test images are left out;
// classes at zero accuracy count as zero.
func (c Counts) Of(g Group) float64 {
	var sum float64
	var n int
	for _, class := range g.Classes {
		if c.Total[class] > 0 {
			sum += ratio(c.Correct[class], c.Total[class])
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// OfNonZero is Of without the classes at zero accuracy. The authors' release averages so, by accident: a class that a
// model forgets raises the mean.
func (c Counts) OfNonZero(g Group) float64 {
	var alive Group
	for _, class := range g.Classes {
		if c.Correct[class] > 0 {
			alive.Classes = append(alive.Classes, class)
		}
	}
	return c.Of(alive)
}

// Balancedness is β = (1/C²) Σ_i Σ_j exp(−|a_i − a_j|^power / σ) over all ordered pairs of classes that have test
// images, i = j included (FedPuReL, arXiv 2605.02247; after Kang et al., ICLR 2021). 1 means equal accuracies, the
// floor is 1/C.
func (c Counts) Balancedness(b Balance) float64 {
	var present []float64
	for _, a := range c.Accuracies() {
		if !math.IsNaN(a) {
			present = append(present, a)
		}
	}
	var sum float64
	for _, x := range present {
		for _, y := range present {
			sum += math.Exp(-math.Pow(math.Abs(x-y), b.Power) / b.Sigma)
		}
	}
	if len(present) == 0 {
		return math.NaN()
	}
	return sum / float64(len(present)*len(present))
}

// MacroF1 is the mean over the classes with test images of F1_c = 2·TP / (predicted + total).
func (c Counts) MacroF1() float64 {
	var sum float64
	var n int
	for i := range c.Total {
		if c.Total[i] > 0 {
			sum += 2 * float64(c.Correct[i]) / float64(c.Predicted[i]+c.Total[i])
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}
