package lab

import (
	"context"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Evaluate scores the run's checkpoint again, on its own cache or, if another is named, on that one with the same
// classes. On other test images nobody owns them: then only the global figures exist.
func (f *Folder) Evaluate(ctx context.Context, cacheDir string, workers int) (*metric.Result, error) {
	s, division := f.Spec, f.Partition
	if cacheDir != "" {
		s.Cache = cacheDir
	}
	x, err := open(ctx, s, &division, How{Workers: workers, NoVerify: f.NoVerify})
	if err != nil {
		return nil, err
	}
	defer x.close()
	if err := f.fits(x); err != nil {
		return nil, err
	}
	e := x.engine()
	defer e.close() // scratch: nothing can be lost
	zero, err := e.zeroShot(ctx)
	if err != nil {
		return nil, err
	}
	state, last := (*fed.State)(nil), zero
	if s.Trains() {
		if state, last, err = e.restored(ctx, f.Dir); err != nil {
			return nil, err
		}
	}
	r, err := x.result(zero, last, nil)
	if err != nil {
		return nil, err
	}
	if state != nil {
		r.Rounds = state.Round
	}
	if r.Unseen, err = e.newcomers(ctx, state); err != nil {
		return nil, err
	}
	if labelHash(x.train.Labels()) != f.Env.TrainLabels { // another cache: the run was not trained on its images
		r.TrainImages, r.LeftOut = 0, ""
	}
	return r, nil
}

// fits checks that the cache has the run's classes, and takes the clients' rows away where the cache is another one:
// they would name the wrong images.
func (f *Folder) fits(x *experiment) error {
	if n := len(x.partition.Counts); n != len(x.cache.Manifest.Classes) {
		return fault.Usagef("eval: %s was trained on %d classes, the cache %s has %d",
			f.Dir, n, x.cache.Dir, len(x.cache.Manifest.Classes))
	}
	other := x.cache.Manifest.Fingerprint != f.Env.Cache
	if other && f.Result != nil && !slices.Equal(f.Result.Classes, x.cache.Manifest.Classes) {
		return fault.Usagef("eval: the classes of %s differ from those that %s was trained on, or their order does",
			x.cache.Dir, f.Dir)
	}
	if labelHash(x.test.Labels()) == f.Env.TestLabels && labelHash(x.train.Labels()) == f.Env.TrainLabels {
		return x.partition.Check(x.train.Len(), x.test.Len())
	}
	x.partition.LocalTest = "none: the test images are not those that the run was partitioned over"
	x.partition.Clients, x.partition.Unseen = make([]partition.Shard, len(x.partition.Clients)), nil
	return nil
}

// Verify checks cache and checkpoint against what the run recorded, as Open did the other files. It reads the whole
// cache; observe, which may be nil, hears how far it is.
func (f *Folder) Verify(ctx context.Context, observe func(done, total int)) error {
	held, err := cache.Map(f.Spec.Cache) // Verify reads it all
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	if held.Manifest.Fingerprint != f.Env.Cache {
		return fault.Mismatchf("inspect: the cache %s is not the one that the run recorded", f.Spec.Cache)
	}
	if err := held.Verify(ctx, observe); err != nil {
		return err
	}
	return checkpoint(f, headOf(held, f.Spec.module))
}
