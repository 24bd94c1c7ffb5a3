// Package partition decides who owns which sample: it cuts a long tail out of balanced training data and deals the
// training and test images to clients. Everything is a function of labels, parameters and a seed; the outcome is a
// Partition, saved with every run.
package partition

import (
	"math"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// LongTail keeps n_c = ⌊n_max · IF^(−c/(C−1))⌋ training samples of class c, n_max = N/C: the exponential profile of
// Cui et al. (CVPR 2019), along the class order. Which samples stay is drawn per class, so another class's size does
// not matter. A class keeps at least one sample if it has any, and at most what it has. The kept indices are listed
// class by class. imbalance is IF ≥ 1, the ratio of the largest to the smallest class; 1 keeps n_max of each.
func LongTail(labels []int32, classes int, imbalance float64, root seed.Root) ([]int, error) {
	if math.IsNaN(imbalance) || imbalance < 1 || math.IsInf(imbalance, 0) {
		return nil, fault.Usagef("partition: imbalance factor %v: it is the ratio of the largest to the smallest class, 1 or more", imbalance)
	}
	byClass, err := group(labels, classes)
	if err != nil {
		return nil, err
	}
	var kept []int
	for c, own := range byClass {
		n := ExponentialCount(len(labels), classes, c, imbalance)
		n = min(max(n, 1), len(own))
		rng := root.Stream(seed.LongTail, uint64(c))
		rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		kept = append(kept, own[:n]...)
	}
	return kept, nil
}

// ExponentialCount is ⌊(N/C) · IF^(−c/(C−1))⌋.
func ExponentialCount(samples, classes, class int, imbalance float64) int {
	largest := float64(samples) / float64(classes)
	if classes == 1 {
		return int(largest)
	}
	return int(largest * math.Pow(1/imbalance, float64(class)/float64(classes-1)))
}

// group lists the sample indices of every class, in data order.
func group(labels []int32, classes int) ([][]int, error) {
	byClass := make([][]int, classes)
	for i, y := range labels {
		if y < 0 || int(y) >= classes {
			return nil, fault.Corruptf("partition: sample %d has label %d, but there are %d classes", i, y, classes)
		}
		byClass[y] = append(byClass[y], i)
	}
	return byClass, nil
}
