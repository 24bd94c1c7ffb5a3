package lab

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// Federation is where the clients of a run are that live elsewhere.
type Federation struct {
	Identity *cache.Cache // what all sites share: classes, class embeddings, encoder; it has no images
	Sites    []Site       // clients by number, in the order of their names
	Clients  Clients
	Counts   []int // training images of each class, all sites together; nil: the sum of what the sites say, if all do
	MinSites int   // that must answer of those that are asked
	// Test has test images of the hub's own, which are nobody's: the global model is scored on them, too. nil: none.
	Test  *cache.Cache
	score scores
}

// Site is what a hub knows of a client's data.
type Site struct {
	Name        string  `json:"name"`
	Data        string  `json:"data"` // fingerprint of its cache
	Train       int     `json:"train"`
	Test        int     `json:"test"`                   // images
	TrainCounts []int   `json:"train_counts,omitempty"` // by class; nil: it does not say
	TestCounts  []int   `json:"test_counts,omitempty"`  // by class; nil: it does not say
	TestLabels  []int32 `json:"test_labels,omitempty"`  // of its test images in order; nil: it does not say
}

// Clients are reached by questions, and evaluated where they are.
type Clients interface {
	fed.Transport
	// Announce asks for an evaluation of the state, nil is the frozen encoder; it may wait for the next questions.
	// Subtract is taken off all logits, where it is not nil.
	Announce(ctx context.Context, state *fed.State, detail eval.Detail, subtract []float32) error
	// Tallies are what came of it, in the order of the clients, with rows numbered as if the sites' test images stood
	// one site after the other. It waits for what was announced.
	Tallies(ctx context.Context, state *fed.State) ([]eval.Tally, error)
}

// Federate is Train where clients live elsewhere: the same rounds, averages and figures as those of a run on the
// sites' data in one cache, as far as sites say what figures need.
func Federate(ctx context.Context, s Spec, with Federation, dir string, how How) (o *Outcome, err error) {
	if s.options == nil {
		panic("lab: a spec that no tables resolved")
	}
	x, err := with.experiment(ctx, s, how)
	if err != nil {
		return nil, err
	}
	e := x.engine()
	e.away = &with
	e.eval.Expect(len(with.Sites), x.test.Len())
	if with.Test != nil {
		if with.score, err = e.hubScores(with.Test, x.test.Len()); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	release, err := x.openFolder(dir, how)
	if err != nil {
		return nil, err
	}
	defer release()
	return e.run(ctx, dir, how)
}

// experiment is a spec's on the sites' images, of which the hub knows numbers.
func (f *Federation) experiment(ctx context.Context, s Spec, how How) (*experiment, error) {
	if err := f.refuse(&s); err != nil {
		return nil, err
	}
	x := &experiment{spec: s, workers: len(f.Sites), named: true}
	if x.spec.Cache = ""; how.Workers > 0 {
		x.workers = how.Workers
	}
	m := *f.Identity.Manifest
	m.Sites = nil
	for _, site := range f.Sites {
		m.Sites = append(m.Sites, cache.SiteInfo{Name: site.Name, Fingerprint: site.Data})
	}
	m.Fingerprint = hash([]byte(m.Fingerprint + sitesSum(m.Sites)))
	x.crew = ordered.NewCrew(x.workers)
	x.cache = &cache.Cache{
		Dir: f.Identity.Dir, Manifest: &m, Text: f.Identity.Text, Projection: f.Identity.Projection,
	}
	var err error
	if x.head, err = s.headOn(ctx, x.cache, x.crew, how); err != nil {
		return nil, err
	}
	var train, test elsewhere
	var owners partition.Owners
	exact := true // the labels of test images
	for _, site := range f.Sites {
		train = train.add(site.Train, site.TrainCounts)
		if site.TestLabels != nil {
			test = append(test, site.TestLabels...)
		} else {
			test, exact = test.add(site.Test, site.TestCounts), false
		}
		owners.Train = append(owners.Train, slices.Repeat([]string{site.Name}, site.Train)...)
		owners.Test = append(owners.Test, slices.Repeat([]string{site.Name}, site.Test)...)
	}
	if f.Test != nil {
		own, err := f.Test.Split("test")
		if err != nil {
			return nil, err
		}
		test = append(test, own.Labels()...)
		owners.Test = append(owners.Test, make([]string, own.Len())...)
	}
	x.train, x.test, x.trainOn, x.testOn, x.unlabelled = train, test, train, test, !exact
	o := s.division()
	o.Split = &partition.Natural{Owners: owners}
	if x.partition, err = partition.Make(train, test, len(m.Classes), o); err != nil {
		return nil, err
	}
	if len(x.partition.Clients) != len(f.Sites) {
		return nil, fault.Usagef("hub: %d of %d sites own training images", len(x.partition.Clients), len(f.Sites))
	}
	if f.Counts != nil {
		x.partition.Counts = f.Counts
	}
	if f.counted() {
		x.groups = metric.Groups(x.partition.Counts)
	} else {
		x.partition.Counts = make([]int, len(m.Classes))
	}
	return x, nil
}

// counted tells whether the training images of each class are known, all sites together.
func (f *Federation) counted() bool {
	return f.Counts != nil || !slices.ContainsFunc(f.Sites, func(s Site) bool { return s.TrainCounts == nil })
}

// scores are tallies of the hub's own test images.
type scores func(context.Context, *fed.State, eval.Detail) ([]eval.Tally, error)

// hubScores evaluates the hub's own test images, the last of so many.
func (e *engine) hubScores(c *cache.Cache, rows int) (scores, error) {
	split, err := c.Split("test")
	if err != nil {
		return nil, err
	}
	on, _, err := seenBy(c, split, e.head)
	if err != nil {
		return nil, err
	}
	own := e.evaluator(e.home)
	own.Test = on
	own.Prepare(make([]partition.Shard, len(e.partition.Clients)))
	return func(ctx context.Context, state *fed.State, d eval.Detail) ([]eval.Tally, error) {
		tallies, err := own.Tallies(ctx, state, d)
		if err != nil {
			return nil, err
		}
		return eval.Place(tallies, -1, rows-split.Len(), split.Len())
	}, nil
}

// plan makes a run's plan one whose clients are elsewhere.
func (f *Federation) plan(ctx context.Context, p *fed.Plan, s *Spec, subtract []float32) {
	p.Transport, p.CheckpointEvery, p.MinClients = f.Clients, 1, f.MinSites
	p.Announce = func(state *fed.State) error {
		detail, evaluated := s.detail(state.Round)
		if !evaluated {
			return nil
		}
		return f.Clients.Announce(ctx, state, detail, subtract)
	}
}

// Away refuses a spec that does not run with its clients at other places.
func (s *Spec) Away() error {
	switch {
	case s.Unseen > 0 || s.File != "" || s.Partition != "natural" || s.Tail != "natural":
		return fault.Usagef("hub: --partition, --tail, --unseen and --partition-file divide images, " +
			"and these are the sites'")
	case s.Trains() && s.method.Remote != "":
		return fault.Usagef("hub: --method %s does not run over machines: %s", s.Method, s.method.Remote)
	case s.Trains() && s.module.Inside == peft.ImageSided:
		return fault.Usagef("hub: --module %s does not run over machines: tokens of images are no part of what sites "+
			"share, by which the hub would know its size", s.Module)
	}
	return nil
}

// refuse refuses what needs the clients' images here, or what sites do not say.
func (f *Federation) refuse(s *Spec) error {
	if err := s.Away(); err != nil {
		return err
	}
	switch {
	case !slices.IsSortedFunc(f.Sites, func(a, b Site) int { return strings.Compare(a.Name, b.Name) }):
		return fault.Usagef("hub: sites have names of their own, and stand in the order of these")
	case s.PostAdjust > 0 && !f.counted():
		return fault.Usagef("hub: --post-adjust reads class counts, and not every site shares them: " +
			"give --class-counts")
	}
	return nil
}

// elsewhere are the labels of images that lie at other places. Of a site that tells its class counts alone they stand
// in the order of the classes, which is good for counting; of images that it tells nothing of they are 0.
type elsewhere []int32

// add appends a site's images.
func (e elsewhere) add(n int, counts []int) elsewhere {
	var told []int32
	for c, n := range counts {
		told = append(told, slices.Repeat([]int32{int32(c)}, n)...)
	}
	return append(append(e, told...), make([]int32, n-len(told))...)
}

func (e elsewhere) Len() int        { return len(e) }
func (e elsewhere) Dim() int        { return 0 }
func (e elsewhere) Labels() []int32 { return e }

// Gather is not to be had: who needs features here asks in vain.
func (e elsewhere) Gather(f32.Matrix, []int) error {
	return errors.New("hub: the images are the sites', their features are not here")
}
