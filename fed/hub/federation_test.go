package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sync"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/hub"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/site"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/durable"
)

// federation is a problem cut into sites, each with a cache of its own, and one cache of all of them for a simulation.
type federation struct {
	dir      string
	cut      string // folder of the sites' caches
	names    []string
	identity *cache.Cache
	whole    string     // cache of all sites together
	mu       sync.Mutex // of sites
	sites    map[string]*site.Site
	share    eval.Share
}

const sites = 4

func newFederation(t testing.TB, share eval.Share) *federation {
	t.Helper()
	p := fedtest.New(t, sites)
	f := &federation{dir: t.TempDir(), share: share}
	f.cut = f.path("cut")
	write(t, p, f.path("all"))
	if err := durable.WriteJSON(f.path("partition.json"), p.Partition); err != nil {
		t.Fatal(err)
	}
	s, err := lab.Default().Spec(lab.Settings{
		"cache": f.path("all"), "partition_file": f.path("partition.json"), "method": "zeroshot",
	})
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := lab.How{}.Cut(t.Context(), s, lab.Cutting{Out: f.path("cut")})
	if err != nil {
		t.Fatal(err)
	}
	var members []cache.Site
	for _, piece := range pieces {
		f.names = append(f.names, piece.Name)
		members = append(members, cache.Site{Name: piece.Name, Dir: piece.Dir})
	}
	f.whole = f.path("whole")
	if _, _, err := cache.MergeSites(t.Context(), f.whole, members, nil, nil); err != nil {
		t.Fatal(err)
	}
	if f.identity, err = cache.Map(f.path("all")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.identity.Close() })
	f.open(t)
	return f
}

func (f *federation) path(name string) string { return filepath.Join(f.dir, name) }

// open starts the sites, as processes do that come up again.
func (f *federation) open(t testing.TB) {
	t.Helper()
	f.close(t)
	f.sites = map[string]*site.Site{}
	for _, name := range f.names {
		f.reopen(t, name)
	}
	t.Cleanup(func() { f.close(t) })
}

// reopen starts a site.
func (f *federation) reopen(t testing.TB, name string) {
	t.Helper()
	if s := f.at(name); s != nil {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	o, err := site.Described(context.Background(), filepath.Join(f.cut, name), false)
	if err != nil {
		t.Fatal(err)
	}
	o.Name, o.State, o.Share, o.Tables = name, f.path("state-"+name), f.share, lab.Default()
	s, err := site.New(o)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sites[name] = s
}

// at is the process of a site.
func (f *federation) at(name string) *site.Site {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sites[name]
}

func (f *federation) close(t testing.TB) {
	for _, s := range f.sites {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	f.sites = nil
}

// Do brings an order to a site as bytes.
func (f *federation) Do(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
	s := f.at(name)
	if s == nil {
		return wire.Frame{}, fmt.Errorf("site %q is away", name)
	}
	return s.Handle(ctx, order), nil
}

func (f *federation) Close() error { return nil }

// job is a run over the sites.
func (f *federation) job(t testing.TB, given lab.Settings, dir string, by wire.Carrier, how lab.How) hub.Job {
	t.Helper()
	s, err := lab.Default().Spec(given.Over(lab.AtSites()))
	if err != nil {
		t.Fatal(err)
	}
	how.Notice = func(line string) { t.Log(line) }
	return hub.Job{
		Spec: s, Identity: f.identity, Sites: f.names, Dir: dir, Carrier: by,
		Deadline: time.Minute, Tries: 2, Join: 300 * time.Millisecond, MinSites: 1, How: how,
	}
}

// runJob runs a job from where its folder is.
func runJob(t testing.TB, j hub.Job) error {
	o, err := hub.Run(t.Context(), j)
	if err != nil {
		return err
	}
	return o.Close()
}

// run runs a job, and its context may end.
func (f *federation) run(
	ctx context.Context, t testing.TB, given lab.Settings, dir string, by wire.Carrier, how lab.How,
) error {
	t.Helper()
	o, err := hub.Run(ctx, f.job(t, given, dir, by, how))
	if err != nil {
		return err
	}
	return o.Close()
}

// states are the folders of what the sites keep.
func (f *federation) states() (all []string) {
	for _, name := range f.names {
		all = append(all, "state-"+name)
	}
	return all
}

// simulate runs on the one cache.
func (f *federation) simulate(t testing.TB, given lab.Settings, dir string) {
	t.Helper()
	s, err := lab.Default().Spec(lab.Settings{"cache": f.whole}.Over(given))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lab.Run(t.Context(), s, dir, lab.How{}); err != nil {
		t.Fatal(err)
	}
}

// same fails unless two runs found the same.
func (f *federation) same(t testing.TB, one, other string) {
	t.Helper()
	if differ, err := hub.Same(lab.Default(), f.path(one), f.path(other)); differ != "" || err != nil {
		t.Error(one, differ, err)
	}
}

// Sites that leave classes with few test images out of their counts take part like others: what is left is counted.
func TestSmallClassesAreLeftOut(t *testing.T) {
	f := newFederation(t, eval.ShareCounts)
	given := given(2)
	if err := f.run(t.Context(), t, given, f.path("all-classes"), f, lab.How{}); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	const least = 4
	left := 0
	for _, s := range f.sites {
		s.MinClass = least
		for _, n := range s.Images.TestCounts {
			if n >= least {
				left += n
			}
		}
	}
	if err := f.run(t.Context(), t, given, f.path("large-classes"), f, lab.How{}); err != nil {
		t.Fatal(err)
	}
	all, large := result(t, f.path("all-classes")), result(t, f.path("large-classes"))
	if n := large.PerClass["global"].Seen(); n != int64(left) || n >= all.PerClass["global"].Seen() {
		t.Errorf("%d test images are counted, want %d, of %d", n, left, all.PerClass["global"].Seen())
	}
}

// Class counts that a hub is told stand in for those that sites do not share: there are groups of classes.
func TestClassCounts(t *testing.T) {
	f := newFederation(t, eval.ShareScore)
	if err := f.run(t.Context(), t, given(2), f.path("without"), f, lab.How{}); err != nil {
		t.Fatal(err)
	}
	j := f.job(t, given(2), f.path("with"), f, lab.How{})
	j.CountsFile = f.path("counts.txt")
	if err := os.WriteFile(j.CountsFile, []byte("200\n150\n120\n60\n50\n40\n9\n8\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	if err := runJob(t, j); err != nil {
		t.Fatal(err)
	}
	without, with := result(t, f.path("without")), result(t, f.path("with"))
	if len(without.Groups) != 0 || len(with.Groups) != 3 || with.TrainCounts[0] != 200 {
		t.Errorf("groups %v and %v", without.Groups, with.Groups)
	}
}

// What a method wears works at sites as it does here.
func TestWornMethods(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	for _, name := range []string{"fedavg+la+residual", "fedpurel+la", "fedavg+fedlc"} {
		given := lab.Settings{"method": name, "rounds": 11, "fraction": 0.67}
		f.simulate(t, given, f.path("sim-"+name))
		if err := f.run(t.Context(), t, given, f.path("hub-"+name), f, lab.How{}); err != nil {
			t.Error(name, err)
			continue
		}
		f.same(t, "hub-"+name, "sim-"+name)
	}
}

// records are the lines of rounds.jsonl.
func records(t testing.TB, dir string) (all []metric.Round) {
	t.Helper()
	lines, err := os.ReadFile(filepath.Join(dir, fed.RoundsFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for line := range bytes.Lines(lines) {
		var rec metric.Round
		if err := json.Unmarshal(line, &rec); err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
	return all
}

// A run over sites is the simulation on their data, bit for bit, for every method.
func TestFederationIsTheSimulation(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	for _, e := range lab.Default().Methods {
		for _, module := range []string{"linear", "lora", "lora-head"} {
			given := lab.Settings{"method": e.Name, "module": module, "rounds": 12, "fraction": 0.67}
			if e.Remote != "" {
				continue
			}
			if e.New == nil {
				given = lab.Settings{"method": e.Name}
			}
			if _, err := lab.Default().Spec(given.Over(lab.AtSites())); err != nil {
				continue // the method does not run on the module
			}
			name := e.Name + "-" + module
			f.simulate(t, given, f.path("sim-"+name))
			if err := f.run(t.Context(), t, given, f.path("hub-"+name), f, lab.How{}); err != nil {
				t.Error(name, err)
				continue
			}
			f.same(t, "hub-"+name, "sim-"+name)
		}
	}
}
