package lab

import (
	"context"
	"reflect"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Design is the seeds of a comparison: data seeds draw long tail and partition, and on each of these every method runs
// under every training seed. Data seeds are what a result is repeated over; nil are those that nobody chose.
type Design struct{ Data, Training []uint64 }

// Seeds that a comparison goes over by default: several worlds, and in each a few runs, or else many in the only one.
var (
	worlds = []uint64{1, 2, 3, 4, 5}
	few    = []uint64{1, 2}
	many   = []uint64{1, 2, 3, 4, 5}
)

// DesignHelp says in words which seeds are the default: of the data, and of training.
const (
	DesignHelpData     = "1-5; 1 if --seeds is given, on the sample set, and where data seeds draw nothing"
	DesignHelpTraining = "1-2; 1-5 where there is one data seed"
)

// Complete chooses the seeds that are open for a comparison of specs, of which all share the data; note says what
// somebody should know of the choice. Data seeds that change nothing are refused: equal worlds are no repetitions.
func (d Design) Complete(ctx context.Context, specs []Spec) (whole Design, note string, err error) {
	if len(specs) == 0 {
		return d, "", nil
	}
	s := &specs[0]
	const nothing = "data seeds change nothing here: neither the long tail nor the partition is drawn"
	switch {
	case s.File != "" && d.Data != nil:
		return d, "", fault.Usagef("--data-seeds is read by runs that make their partition; %s", madeAlready(s))
	case len(d.Data) > 1 && !draws(ctx, *s):
		return d, "", fault.Usagef("--data-seeds: %s; repeat with --seeds", nothing)
	case d.Data != nil:
	case s.File != "", d.Training != nil, sample(s.Cache):
		d.Data = []uint64{s.DataSeed}
	case !draws(ctx, *s):
		d.Data, note = []uint64{s.DataSeed}, nothing+"; runs differ in their training seeds only"
	default:
		d.Data = slices.Clone(worlds)
	}
	if d.Training == nil {
		d.Training = slices.Clone(few)
		if len(d.Data) == 1 {
			d.Training = slices.Clone(many)
		}
	}
	return d, note, nil
}

// Under repeats every run under all training seeds, before the next one; what does not train has no such seed, and
// runs once.
func Under(runs []Spec, seeds []uint64) (all []Spec) {
	for _, s := range runs {
		for _, s.Seed = range seeds {
			all = append(all, s)
			if !s.Trains() {
				break
			}
		}
	}
	return all
}

// Across repeats runs on the long tail and partition of every data seed: all runs of one before those of the next.
func Across(runs []Spec, dataSeeds []uint64) (all []Spec) {
	for _, seed := range dataSeeds {
		for _, s := range runs {
			s.DataSeed = seed
			all = append(all, s)
		}
	}
	return all
}

// sample tells whether a cache is of the program's own pictures.
func sample(dir string) bool {
	d := look(dir)
	return d != nil && d.name == cache.Sample
}

// draws tells whether who owns what depends on the data seed. Where that cannot be found out, the run says why.
func draws(ctx context.Context, s Spec) bool {
	x, err := open(ctx, s, nil, How{NoVerify: true})
	if err != nil {
		return true
	}
	defer x.close()
	one := x.partition
	x.spec.DataSeed++
	other, err := x.divide()
	return err != nil || !reflect.DeepEqual(one.Clients, other.Clients) || !reflect.DeepEqual(one.Unseen, other.Unseen)
}
