package site

import (
	"context"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/wire/identity"
)

// Described are the options that follow from a cache, which is compared with its checksums unless it is to be taken as
// it is.
func Described(ctx context.Context, dir string, noVerify bool) (o Options, err error) {
	c, err := cache.Map(dir)
	if err != nil {
		return o, err
	}
	defer c.Close() // read-only
	if !noVerify {
		if err := c.Check(ctx); err != nil {
			return o, err
		}
	}
	train, err := c.Split("train")
	if err != nil {
		return o, err
	}
	test, err := c.Split("test")
	if err != nil {
		return o, err
	}
	count := func(labels []int32) []int {
		counts := make([]int, len(c.Manifest.Classes))
		for _, y := range labels {
			counts[y]++
		}
		return counts
	}
	return Options{Cache: dir, Data: c.Manifest.Fingerprint, Identity: identity.Of(c), Images: Images{
		Train: train.Len(), Test: test.Len(), TrainCounts: count(train.Labels()), TestCounts: count(test.Labels()),
		TestLabels: append([]int32{}, test.Labels()...),
	}}, nil
}
