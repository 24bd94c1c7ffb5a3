package metric

import "math"

func macroF1(v View) float64 { return v.MacroF1() }

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
