package peft

import (
	"cmp"
	"strconv"
)

// usualReach keeps purified models within a few points of zero-shot accuracy or above it, on held-out training rows of
// features of real pictures, where the linear head's rate on the sample set is eighteen times too high, and on
// synthetic features. A smaller one gains on the former, and costs on the latter, where more is to be learned. On the
// sample set itself it bounds nothing.
const usualReach = 0.25

// Bounded is the row with default rates for features on which the task loss has this curvature: the trace of its
// Gauss–Newton matrix at the initial weights, which train.Curvature estimates. A step on a batch of B changes what the
// loss says of one of its samples by about
//
//	η tr F / (B (1−μ))
//
// which is at most Reach at the frame's B = 32 and μ = 0.9, and at most a quarter in the personal stage, where μ = 0.
// Beyond, every batch overwrites what the one before it taught, and the parameters are so far from zero-shot that the
// task gradient no longer disagrees with the alignment gradient: there is nothing to purify. Rates are never raised.
func (e Entry) Bounded(curvature float64) Entry {
	const batch, momentum = 32, 0.9
	e.LR = atMost(e.LR, cmp.Or(e.Reach, usualReach)*batch*(1-momentum)/curvature)
	e.PersonalLR = atMost(e.PersonalLR, usualReach*batch/curvature)
	return e
}

// atMost is the lower of rate and bound; of the bound, two digits.
func atMost(rate, bound float64) float64 {
	if !(bound < rate) {
		return rate
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(bound, 'e', 1, 64), 64) // what was just written can be read
	return rounded
}
