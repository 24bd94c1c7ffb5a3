package metric

import "math"

// Bins is the number of equal confidence bins of a reliability diagram.
const Bins = 15

// Reliability tallies how confident predictions are and how often they are right, in bins of the confidence.
type Reliability struct {
	Total      [Bins]int64   `json:"total"`
	Correct    [Bins]int64   `json:"correct"`
	Confidence [Bins]float64 `json:"confidence"` // sum over the bin
}

// Add records one prediction with its confidence in [0,1].
func (r *Reliability) Add(confidence float64, correct bool) {
	b := min(max(int(math.Ceil(confidence*Bins))-1, 0), Bins-1) // bins (a,b], as in Guo et al. (ICML 2017)
	r.Total[b]++
	r.Confidence[b] += confidence
	if correct {
		r.Correct[b]++
	}
}

// Merge adds the tallies of o.
func (r *Reliability) Merge(o Reliability) {
	for b := range Bins {
		r.Total[b] += o.Total[b]
		r.Correct[b] += o.Correct[b]
		r.Confidence[b] += o.Confidence[b]
	}
}

// ECE is the expected calibration error, Σ_b (n_b/n) |accuracy_b − confidence_b|, in [0,1]; NaN without predictions.
func (r Reliability) ECE() float64 {
	var n int64
	var sum float64
	for b := range Bins {
		n += r.Total[b]
		sum += math.Abs(float64(r.Correct[b]) - r.Confidence[b])
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// Gap is mean confidence minus accuracy: positive where predictions are surer than right. NaN without predictions.
func (r Reliability) Gap() float64 {
	var n, right int64
	var sure float64
	for b := range Bins {
		n, right, sure = n+r.Total[b], right+r.Correct[b], sure+r.Confidence[b]
	}
	if n == 0 {
		return math.NaN()
	}
	return (sure - float64(right)) / float64(n)
}

// MergeReliability adds b to a class by class; either may be nil.
func MergeReliability(a, b []Reliability) []Reliability {
	if a == nil {
		a = make([]Reliability, len(b))
	}
	for i := range b {
		a[i].Merge(b[i])
	}
	return a
}

// Pool is the reliability of a group of classes together.
func Pool(byClass []Reliability, classes []int) Reliability {
	var r Reliability
	for _, c := range classes {
		r.Merge(byClass[c])
	}
	return r
}

// Contribution says, for one class, how many of the right personal predictions the global branch decided.
type Contribution struct {
	Right        int64 `json:"right"`         // right predictions of ℓ_G + ℓ_P
	GlobalRaw    int64 `json:"global_raw"`    // of those, with ℓ_G[y] > ℓ_P[y]
	GlobalMargin int64 `json:"global_margin"` // of those, with the larger softmax margin on the global side
}

// MergeContribution adds b to a class by class; either may be nil.
func MergeContribution(a, b []Contribution) []Contribution {
	if a == nil && b != nil {
		a = make([]Contribution, len(b))
	}
	for i := range b {
		a[i].Right += b[i].Right
		a[i].GlobalRaw += b[i].GlobalRaw
		a[i].GlobalMargin += b[i].GlobalMargin
	}
	return a
}
