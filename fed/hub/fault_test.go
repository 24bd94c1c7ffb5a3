package hub_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/hub"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/wire"
)

// carrier is one that goes wrong.
type carrier func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error)

func (c carrier) Do(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
	return c(ctx, name, order)
}
func (carrier) Close() error { return nil }

var errLost = errors.New("lost")

// given is a run with a stage that nobody waits for, and that goes on for long enough to be interrupted.
func given(rounds int) lab.Settings {
	return lab.Settings{"method": "fedpurel", "module": "lora", "rounds": rounds, "fraction": 0.67}
}

// Whatever is lost on the way, orders or answers, and however often a site comes up anew, the run is the same.
func TestLostMessages(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	f.simulate(t, given(8), f.path("sim"))
	rng := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	draw := func() int {
		mu.Lock()
		defer mu.Unlock()
		return rng.IntN(6)
	}
	failed := map[string]int{}
	lossy := carrier(func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
		mu.Lock()
		failed[name]++
		again := failed[name]%2 == 0 // a second try comes through
		mu.Unlock()
		fate := draw()
		if again {
			fate = 5
		}
		switch fate {
		case 0, 1:
			return wire.Frame{}, errLost // before it arrived
		}
		answer, err := f.Do(ctx, name, order)
		switch fate {
		case 2, 3:
			return wire.Frame{}, errLost // after the work was done
		case 4: // the site's process ends after the answer, and another one comes up
			mu.Lock()
			defer mu.Unlock()
			f.reopen(t, name)
		}
		return answer, err
	})
	if err := f.run(t.Context(), t, given(8), f.path("hub"), lossy, lab.How{}); err != nil {
		t.Fatal(err)
	}
	f.same(t, "hub", "sim")
}

// A hub that ends at any message, and comes up again, ends in the same bits.
func TestHubEndsAnywhere(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	f.simulate(t, given(5), f.path("sim"))
	for at := 1; ; at++ {
		name := fmt.Sprintf("hub-%d", at)
		dir := f.path(name)
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		sent := 0
		dying := carrier(func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
			mu.Lock()
			sent++
			end := sent == at
			mu.Unlock()
			answer, err := f.Do(ctx, name, order)
			if end {
				stop()
				return wire.Frame{}, context.Canceled
			}
			return answer, err
		})
		err := f.run(ctx, t, given(5), dir, dying, lab.How{})
		stop()
		if err == nil {
			if at < 10 {
				t.Fatalf("a run of %d messages", at)
			}
			return
		}
		f.open(t) // the sites' processes end as well
		if err := f.run(t.Context(), t, given(5), dir, f, lab.How{Resume: true}); err != nil {
			t.Fatalf("message %d: %v", at, err)
		}
		if f.same(t, name, "sim"); t.Failed() {
			return
		}
	}
}

// A run that is stopped while a site takes its time does not count the site as absent: what is not settled soon is done
// again by --resume, to the same bits.
func TestStoppedWhileASiteIsSlow(t *testing.T) {
	defer hub.SetFarewell(50 * time.Millisecond)()
	f := newFederation(t, eval.ShareHits)
	all := given(6)
	all["fraction"] = 1.0
	f.simulate(t, all, f.path("sim"))
	for at := 1; at < 7; at++ {
		name := fmt.Sprintf("hub-%d", at)
		ctx, stop := context.WithCancel(t.Context())
		n := 0
		slow := carrier(func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
			if name != f.names[2] {
				return f.Do(ctx, name, order)
			}
			if n++; n <= at {
				return f.Do(ctx, name, order)
			}
			stop()
			<-ctx.Done()
			return wire.Frame{}, ctx.Err()
		})
		if err := f.run(ctx, t, all, f.path(name), slow, lab.How{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("message %d: %v", at, err)
		}
		f.open(t)
		if err := f.run(t.Context(), t, all, f.path(name), f, lab.How{Resume: true}); err != nil {
			t.Fatalf("message %d: %v", at, err)
		}
		f.same(t, name, "sim")
	}
}

// A hub and sites that are killed at any message, with whatever their disks hold then, come up again and end in the
// same
// bits.
func TestKilledAnywhere(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	f.simulate(t, given(5), f.path("sim"))
	var mu sync.Mutex
	var disks []string
	keep := func() {
		to := f.path(fmt.Sprintf("disk-%d", len(disks)))
		for _, dir := range append([]string{"hub"}, f.states()...) {
			if _, err := os.Stat(f.path(dir)); err != nil {
				continue // not yet
			}
			if err := os.CopyFS(filepath.Join(to, dir), os.DirFS(f.path(dir))); err != nil {
				t.Error(err)
			}
		}
		disks = append(disks, to)
	}
	taped := carrier(func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
		mu.Lock()
		defer mu.Unlock()
		keep()
		answer, err := f.Do(ctx, name, order)
		keep()
		return answer, err
	})
	if err := f.run(t.Context(), t, given(5), f.path("hub"), taped, lab.How{}); err != nil {
		t.Fatal(err)
	}
	if len(disks) < 40 {
		t.Fatalf("%d moments", len(disks))
	}
	for i, disk := range disks {
		if testing.Short() && i%5 != 0 {
			continue
		}
		f.close(t)
		for _, dir := range append([]string{"hub"}, f.states()...) {
			if err := os.RemoveAll(f.path(dir)); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(disk, dir)); err != nil {
				continue
			}
			if err := os.Rename(filepath.Join(disk, dir), f.path(dir)); err != nil {
				t.Fatal(err)
			}
		}
		f.open(t)
		if err := f.run(t.Context(), t, given(5), f.path("hub"), f, lab.How{Resume: true}); err != nil {
			t.Fatalf("moment %d: %v", i, err)
		}
		if f.same(t, "hub", "sim"); t.Failed() {
			t.Fatalf("moment %d", i)
		}
	}
}

// A site that is away is left out of its rounds, and the journal says so; the run ends with finite figures. With too
// few sites it stops, and goes on when they are back.
func TestAbsentSite(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	away := func(from, until int) carrier {
		n := 0
		var mu sync.Mutex
		return func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
			if name == f.names[1] {
				mu.Lock()
				n++
				gone := n > from && n <= until
				mu.Unlock()
				if gone {
					return wire.Frame{}, errLost
				}
			}
			return f.Do(ctx, name, order)
		}
	}
	all := given(6).Over(nil)
	all["fraction"] = 1.0
	if err := f.run(t.Context(), t, all, f.path("hub"), away(3, 7), lab.How{}); err != nil {
		t.Fatal(err)
	}
	absent, missed := 0, 0
	for _, rec := range records(t, f.path("hub")) {
		absent, missed = absent+len(rec.Absent), missed+len(rec.Missed)
	}
	if absent == 0 || missed == 0 {
		t.Errorf("%d absent, %d missed", absent, missed)
	}
	f.open(t)
	few := func(ctx context.Context, name string, order wire.Frame) (wire.Frame, error) {
		var o wire.Order
		if err := order.Of(&o); err != nil {
			return wire.Frame{}, err
		}
		for _, task := range o.Tasks {
			if task.Round >= 3 && name != f.names[0] {
				return wire.Frame{}, errLost
			}
		}
		return f.Do(ctx, name, order)
	}
	s := f.job(t, all, f.path("few"), carrier(few), lab.How{})
	s.MinSites = 2
	if err := runJob(t, s); err == nil || !strings.Contains(err.Error(), "1 of 4 clients answered, want 2") {
		t.Errorf("too few: %v", err)
	}
	s.Carrier, s.How.Resume = f, true
	if err := runJob(t, s); err != nil {
		t.Error(err)
	}
}

// Sites refuse what does not fit, and say why in a line.
func TestRefusals(t *testing.T) {
	f := newFederation(t, eval.ShareScore)
	for name, c := range map[string]struct {
		change func()
		given  lab.Settings
		want   string
	}{
		"methods": {func() { f.sites[f.names[0]].Methods = []string{"fedavg"} }, given(2),
			"does not allow --method fedpurel"},
		"rounds": {func() { f.sites[f.names[0]].MaxRounds = 1 }, given(2), "allows 1 rounds at most"},
		"identity": {func() { f.sites[f.names[1]].Identity.Dim = 3 }, given(2),
			"embeddings have 3 coordinates instead of"},
		"counts": {func() {}, lab.Settings{"method": "fedavg", "loss": "adjusted", "rounds": 2},
			"does not share its images by class"},
		"remote": {func() {}, lab.Settings{"method": "local", "rounds": 2}, "does not run over machines"},
		"name": {func() {
			for _, name := range f.names {
				f.sites[name].Name = "somebody"
			}
		}, given(2), `says it is "somebody"`},
	} {
		t.Run(name, func(t *testing.T) {
			f.open(t)
			c.change()
			err := f.run(t.Context(), t, c.given, f.path("hub-"+name), f, lab.How{})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// A site that lost what it kept, or whose file is damaged, says so; nothing is guessed.
func TestLostState(t *testing.T) {
	f := newFederation(t, eval.ShareHits)
	ctx, stop := context.WithCancel(t.Context())
	err := f.run(ctx, t, given(6), f.path("hub"), f, lab.How{Observe: func(r metric.Round) {
		if r.Round == 4 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(f.path("state-"+f.names[0]), "*", "state-*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	f.open(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)-1] ^= 1
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = f.run(t.Context(), t, given(6), f.path("hub"), f, lab.How{Resume: true})
	if err == nil || !strings.Contains(err.Error(), "does not have its checksum") &&
		!strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged: %v", err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	err = f.run(t.Context(), t, given(6), f.path("hub"), f, lab.How{Resume: true})
	if err == nil || !strings.Contains(err.Error(), "has no state") {
		t.Errorf("lost: %v", err)
	}
}
