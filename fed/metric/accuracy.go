package metric

import (
	"math"
	"sort"
)

// accuracy weighs every test image alike on the whole test set, and every client alike on the clients. Clients without
// test images are left out of the mean.
func accuracy(v View) float64 {
	if v.Clients == nil {
		return v.Micro()
	}
	return mean(clientAccuracies(v.Clients))
}

func pooled(v View) float64 { return v.Micro() }

func ofGroup(v View) float64 { return v.Counts.Of(v.Group) }

func ofGroupNonZero(v View) float64 { return v.Counts.OfNonZero(v.Group) }

// worstDecile is the mean accuracy of the worst tenth of the clients that have test images, rounded up.
func worstDecile(v View) float64 {
	each := clientAccuracies(v.Clients)
	sort.Float64s(each)
	return mean(each[:(len(each)+9)/10])
}

// clientAccuracies are those of the clients that have test images.
func clientAccuracies(clients []Hits) []float64 {
	var each []float64
	for _, c := range clients {
		if a := c.Micro(); !math.IsNaN(a) {
			each = append(each, a)
		}
	}
	return each
}

// mean is NaN for no values.
func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// Accuracies returns each class's accuracy in [0,1]; NaN for a class without test images.
func (c Counts) Accuracies() []float64 {
	a := make([]float64, len(c.Total))
	for i := range a {
		a[i] = c.Accuracy(i)
	}
	return a
}

// Accuracy is that of one class.
func (c Counts) Accuracy(class int) float64 { return ratio(c.Correct[class], c.Total[class]) }

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

func ratio(a, b int64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}
