package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/fed/wire/identity"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Job is a run over sites.
type Job struct {
	Spec     lab.Spec     // resolved over lab.AtSites
	Identity *cache.Cache // what all sites share
	Sites    []string     // in the order of their names
	Dir      string       // run folder
	Carrier  wire.Carrier
	// CountsFile has the training images of each class, all sites together, a number a line; empty: as the sites say.
	CountsFile string

	Test *cache.Cache // test images of the hub's own; nil: none

	Join     time.Duration // in which all sites must say who they are, when a run begins
	Deadline time.Duration // for a message, all tries together
	Tries    int           // of a message
	Pause    time.Duration // between tries
	MinSites int           // that must answer of those that are asked
	How      lab.How       // Resume, Observe, Notice, Program, Command, Date; Workers are as many as there are sites
}

// Run runs over the sites, from the start or from the folder's checkpoint. The result is that of a simulation on the
// sites' data in one cache, as far as sites share what figures need.
func Run(ctx context.Context, j Job) (*lab.Outcome, error) {
	if err := j.Spec.Away(); err != nil {
		return nil, err
	}
	j.Spec.Cache = ""
	settings, err := json.Marshal(j.Spec)
	if err != nil {
		return nil, err
	}
	shared := identity.Of(j.Identity)
	plan := wire.Plan{Settings: settings, Sites: j.Sites, Identity: shared.Sum()}
	tell := func(line string) {
		if j.How.Notice != nil {
			j.How.Notice(line)
		}
	}
	counts, err := j.counts()
	if err != nil {
		return nil, err
	}
	m := &memory{dir: j.Dir}
	if j.How.Resume {
		if err := m.read(plan.Sum(), len(j.Sites)); err != nil {
			return nil, err
		}
	}
	sites, err := j.greet(ctx, shared, m.Sites, tell)
	if err != nil {
		return nil, err
	}
	m.Run, m.Sites = plan.Sum(), sites
	o := Options{
		Carrier: j.Carrier, Plan: plan, Deadline: j.Deadline, Tries: max(j.Tries, 1), Pause: j.Pause, Observe: tell,
		Stop: ctx,
	}
	for _, s := range sites {
		o.Rows = append(o.Rows, s.Test)
	}
	if j.How.Resume {
		if o.States, err = m.at(j.Dir); err != nil {
			return nil, err
		}
	}
	h := New(o)
	h.memory = m
	with := lab.Federation{Identity: j.Identity, Sites: sites, Clients: h, Counts: counts, MinSites: j.MinSites,
		Test: j.Test}
	return lab.Federate(ctx, j.Spec, with, j.Dir, j.How)
}

// counts reads CountsFile.
func (j *Job) counts() ([]int, error) {
	if j.CountsFile == "" {
		return nil, nil
	}
	counts, err := partition.ReadCounts(j.CountsFile, "--class-counts")
	switch classes := len(j.Identity.Manifest.Classes); {
	case err != nil:
		return nil, err
	case len(counts) != classes:
		return nil, fault.Corruptf("hub: --class-counts %s has %d numbers for %d classes", j.CountsFile, len(counts),
			classes)
	case slices.Min(counts) < 0:
		return nil, fault.Corruptf("hub: --class-counts %s has a number of images below 0", j.CountsFile)
	}
	return counts, nil
}

// greet asks every site who it is. When a run begins all must say so; later those that are away are as they were, and
// no site may be another one than it was.
func (j *Job) greet(
	ctx context.Context, shared wire.Identity, before []lab.Site, tell func(string),
) ([]lab.Site, error) {
	limited, cancel := context.WithTimeout(ctx, j.Join)
	defer cancel()
	all, errs := make([]lab.Site, len(j.Sites)), make([]error, len(j.Sites))
	var under sync.WaitGroup
	for k := range j.Sites {
		under.Go(func() { all[k], errs[k] = j.meet(limited, shared, j.Sites[k]) })
	}
	under.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for k, err := range errs {
		switch {
		case err == nil && before != nil && (all[k].Data != before[k].Data || all[k].Train != before[k].Train):
			return nil, fault.Mismatchf("hub: site %q has another cache than when the run began: "+
				"%d training images, had %d",
				j.Sites[k], all[k].Train, before[k].Train)
		case err == nil:
		case fault.KindOf(err) != fault.Failure:
			return nil, err
		case before == nil:
			return nil, fmt.Errorf("hub: site %q is not there; all sites must answer once before round 1: %w",
				j.Sites[k], err)
		default:
			tell(fmt.Sprintf("site %s is away: %v", j.Sites[k], err))
			all[k] = before[k]
		}
	}
	return all, nil
}

// meet asks a site who it is until it answers.
func (j *Job) meet(ctx context.Context, shared wire.Identity, name string) (s lab.Site, err error) {
	order, err := wire.New(wire.Order{V: wire.Version, Op: wire.Hello}, nil)
	if err != nil {
		return s, err
	}
	for {
		f, err := j.Carrier.Do(ctx, name, order)
		if err == nil {
			var a wire.Answer
			if err := f.Of(&a); err != nil {
				return s, err
			}
			return known(shared, name, &a)
		}
		select {
		case <-ctx.Done():
			return s, errors.New(strings.TrimPrefix(err.Error(), "wire: "))
		case <-time.After(max(j.Pause, 20*time.Millisecond)):
		}
	}
}

// known is what a site said of itself, if it fits the run.
func known(shared wire.Identity, name string, a *wire.Answer) (s lab.Site, err error) {
	classes := len(shared.Classes)
	fits := func(counts []int, n int) bool {
		sum := 0
		for _, c := range counts {
			if c < 0 || c > n {
				return false
			}
			sum += c
		}
		return counts == nil || len(counts) == classes && sum <= n
	}
	switch {
	case a.V != wire.Version:
		return s, fault.Usagef("hub: site %q speaks version %d, this program version %d", name, a.V, wire.Version)
	case a.Error != "":
		return s, fault.Usagef("hub: %s", a.Error)
	case a.Site != name:
		return s, fault.Usagef("hub: who answers for site %q says it is %.40q", name, a.Site)
	case a.Identity == nil:
		return s, fault.Corruptf("hub: site %q does not say what its features are", name)
	case a.Train < 1 || a.Test < 0 || a.Train+a.Test > 1<<30:
		return s, fault.Usagef("hub: site %q has %d training and %d test images", name, a.Train, a.Test)
	case !fits(a.TrainCounts, a.Train) || !fits(a.TestCounts, a.Test):
		return s, fault.Corruptf("hub: site %q counts other images than it has", name)
	case a.TestLabels != nil && (len(a.TestLabels) != a.Test || slices.ContainsFunc(a.TestLabels, func(y int32) bool {
		return y < 0 || int(y) >= classes
	})):
		return s, fault.Corruptf("hub: site %q names classes of other test images than it has", name)
	}
	if differs := a.Identity.Differ(shared); differs != "" {
		return s, fault.Usagef("hub: site %q does not fit the run: %s", name, differs)
	}
	return lab.Site{
		Name: name, Data: a.Data, Train: a.Train, Test: a.Test, TrainCounts: a.TrainCounts,
		TestCounts: a.TestCounts, TestLabels: a.TestLabels,
	}, nil
}
