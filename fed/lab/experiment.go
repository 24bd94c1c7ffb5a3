package lab

import (
	"context"
	"errors"
	"runtime"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// experiment is a spec made flesh: cache, partition, frozen head, and what the module sees of the splits.
type experiment struct {
	spec      Spec
	cache     *cache.Cache
	train     rows // of this process, or of the sites of a federation
	test      rows
	trainOn   fed.Source // what the module sees of train and test
	testOn    fed.Source
	views     fed.Viewer // of the training images, as the module sees them; nil: it trains on plain ones
	partition *partition.Partition
	head      peft.Head
	groups    []metric.Group
	workers   int
	crew      *ordered.Crew // of the workers
	base      *Base         // nil: a run of its own
	named     bool          // the training images say whose they are
	// unlabelled: of the test images the classes are counted, and not known one by one
	unlabelled bool
}

// open opens the cache and divides it as the spec says; a partition that is given is taken instead.
func open(ctx context.Context, s Spec, saved *partition.Partition, how How) (x *experiment, err error) {
	if s.options == nil {
		panic("lab: a spec that no tables resolved")
	}
	if s.Cache == "" {
		return nil, fault.Usagef("a run needs --cache DIR (made by `fedpurel featurize` or `fedpurel cache import`)")
	}
	x = &experiment{spec: s, partition: saved, workers: how.Workers}
	if x.workers < 1 {
		x.workers = runtime.GOMAXPROCS(0)
	}
	x.crew = ordered.NewCrew(x.workers)
	if x.cache, err = cache.Map(s.Cache); err != nil {
		return nil, err
	}
	if !how.NoVerify {
		err = x.cache.Check(ctx)
	}
	if err == nil {
		err = x.fill(ctx, how)
	}
	if err != nil {
		return nil, errors.Join(err, x.cache.Close())
	}
	return x, nil
}

// rows are the images of a split, as far as an experiment sees them.
type rows interface {
	Len() int
	Labels() []int32
}

func (x *experiment) fill(ctx context.Context, how How) (err error) {
	var train, test *cache.Split
	for name, split := range map[string]**cache.Split{"train": &train, "test": &test} {
		if *split, err = x.cache.Split(name); err != nil {
			return err
		}
	}
	x.train, x.test, x.named = train, test, train.Info().Clients != nil
	if x.partition == nil {
		if x.partition, err = x.divide(); err != nil {
			return err
		}
	}
	if x.spec.Views && train.Views() == 0 {
		return fault.Usagef("--views: %s holds no views of its images; make it with `fedpurel featurize --views K`",
			x.spec.Cache)
	}
	if x.head, err = x.spec.headOn(ctx, x.cache, x.crew, how); err != nil {
		return err
	}
	if x.spec.module.Projects && x.head.Projection.Rows == 0 {
		return fault.Usagef("peft: module %s works on pre-projection features alone: choose another module, "+
			"or import a cache with --projection", x.spec.Module)
	}
	var views fed.Viewer
	if x.trainOn, views, err = seenBy(x.cache, train, x.head); err != nil {
		return err
	}
	if x.testOn, _, err = seenBy(x.cache, test, x.head); err != nil {
		return err
	}
	if x.spec.Views {
		x.views = views
	}
	x.groups = metric.Groups(x.partition.Counts)
	return nil
}

func (x *experiment) close() { _ = x.cache.Close() } // read-only: nothing can be lost

// headOf is the frozen classifier of a cache, with the visual projection if the module works before it.
func headOf(c *cache.Cache, module peft.Entry) peft.Head {
	return headFor(wholeHead(c), module)
}

// wholeHead has the visual projection wherever the cache's features come before it.
func wholeHead(c *cache.Cache) peft.Head {
	return peft.Head{Text: c.Text, Scale: float32(c.Manifest.LogitScale.Value), Projection: c.Projection}
}

// headFor is a head without the projection, unless the module works before it.
func headFor(h peft.Head, module peft.Entry) peft.Head {
	if !module.Projects {
		h.Projection = f32.Matrix{}
	}
	return h
}

// projected is a split of pre-projection features (N,E) as embeddings (N,D), x Pᵀ.
type projected struct {
	*cache.Split
	p f32.Matrix
}

func (s projected) Dim() int { return s.p.Rows }

func (s projected) Gather(dst f32.Matrix, rows []int) error { return s.GatherViews(dst, rows, nil) }

func (s projected) GatherViews(dst f32.Matrix, rows, views []int) error {
	x := f32.New(len(rows), s.p.Cols)
	if err := s.Split.GatherViews(x, rows, views); err != nil {
		return err
	}
	f32.MulT(dst, x, s.p)
	return nil
}
