package lab

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Evaluate scores the run's checkpoint again: on its own cache, which it finds from any working directory, and where it
// was moved to if that is near, or, if another is named, on that one with the same classes. On other test images nobody
// owns them: then only the global figures exist.
func (f *Folder) Evaluate(ctx context.Context, cacheDir string, workers int) (r *metric.Result, err error) {
	s, division := f.Spec, f.Partition
	if s.Cache = cacheDir; cacheDir == "" {
		if s.Cache, err = f.cacheFolder(); err != nil {
			return nil, fmt.Errorf("eval: %w", err)
		}
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
	if r, err = x.result(zero, last, nil); err != nil {
		return nil, err
	}
	if state != nil {
		r.Rounds = state.Round
	}
	if r.Unseen, err = e.newcomers(ctx, state); err != nil {
		return nil, err
	}
	if labelHash(x.train.Labels()) != f.Env.TrainLabels || f.Env.Base != nil { // the run was not trained on its images
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

// Verify checks cache, checkpoint and model folder against what the run recorded, as Open did the other files. It reads
// the whole cache; observe, which may be nil, hears how far it is.
func (f *Folder) Verify(ctx context.Context, observe func(done, total int)) error {
	dir, err := f.cacheFolder()
	if err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	held, err := cache.Map(dir) // Verify reads it all
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	if held.Manifest.Fingerprint != f.Env.Cache {
		return fault.Mismatchf("inspect: the cache %s is not the one that the run recorded", dir)
	}
	if err := held.Verify(ctx, observe); err != nil {
		return err
	}
	head, err := f.Spec.headOn(ctx, held, nil, How{Notice: f.Notice})
	if err != nil {
		return err
	}
	if err := checkpoint(f, head); err != nil || !exists(filepath.Join(f.Dir, ModelDir)) {
		return err
	}
	_, err = f.model()
	return err
}
