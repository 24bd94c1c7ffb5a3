// Package metric turns counts into the numbers that fedpurel reports.
//
// Counts are integers and merge by addition, so a result does not depend on how the work was divided; every ratio is
// formed once, at the end. A metric is a function of Counts and Groups; Metrics is the table of them. Values that do
// not exist (an empty group, a class without test images) are NaN and become null in JSON.
package metric

import "fmt"

// Counts tallies predictions class by class. The zero value of every entry means nothing was seen.
type Counts struct {
	Correct   []int64 `json:"correct"`   // test images of class c that were predicted as c
	Total     []int64 `json:"total"`     // test images of class c
	Predicted []int64 `json:"predicted"` // test images predicted as c
}

// NewCounts returns empty counts for classes classes.
func NewCounts(classes int) Counts {
	all := make([]int64, 3*classes)
	return Counts{all[:classes:classes], all[classes : 2*classes : 2*classes], all[2*classes:]}
}

// Add records one prediction.
func (c Counts) Add(label, predicted int) {
	c.Total[label]++
	c.Predicted[predicted]++
	if label == predicted {
		c.Correct[label]++
	}
}

// Merge adds the counts of o. Both must have the same number of classes.
func (c Counts) Merge(o Counts) {
	if len(c.Total) != len(o.Total) {
		panic(fmt.Sprintf("metric: merge counts of %d classes into %d", len(o.Total), len(c.Total)))
	}
	for i := range c.Total {
		c.Correct[i] += o.Correct[i]
		c.Total[i] += o.Total[i]
		c.Predicted[i] += o.Predicted[i]
	}
}

// Fits reports whether the counts can be those of at most so many images of so many classes.
func (c Counts) Fits(classes int, images int64) bool {
	if len(c.Correct) != classes || len(c.Total) != classes || len(c.Predicted) != classes {
		return false
	}
	for i := range classes {
		if c.Correct[i] < 0 || c.Correct[i] > c.Total[i] || c.Total[i] > images ||
			c.Predicted[i] < 0 || c.Predicted[i] > images {
			return false
		}
	}
	return true
}

// Seen is the number of test images.
func (c Counts) Seen() int64 {
	var n int64
	for _, t := range c.Total {
		n += t
	}
	return n
}

// Hits tallies predictions of all classes together.
type Hits struct {
	Correct int64 `json:"correct"`
	Total   int64 `json:"total"`
}

// Hits adds up the classes.
func (c Counts) Hits() Hits {
	h := Hits{Total: c.Seen()}
	for _, n := range c.Correct {
		h.Correct += n
	}
	return h
}

// Merge adds the hits of o.
func (h *Hits) Merge(o Hits) { h.Correct, h.Total = h.Correct+o.Correct, h.Total+o.Total }

// Micro is the share of right predictions, NaN if there are none.
func (h Hits) Micro() float64 { return float64(h.Correct) / float64(h.Total) }
