package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Place is a client's place in a federation over machines: a home in which the other clients own nothing, on a cache
// that is its own, whole and in order. Close it after use.
type Place struct {
	Home   *fed.Home
	Spec   Spec
	Client int
	e      *engine
}

// Seat says whose place it is.
type Seat struct {
	Cache  string   // of the client's own images
	Client int      // its number
	Names  []string // of all clients, by number
	Least  int      // test images of a class, without which it is left out of evaluations
}

// Place makes a client's place in a run with a spec, given as JSON, of which the options that say who owns what are
// left aside: the client owns its cache. So no file that a hub names is read.
func (t Tables) Place(ctx context.Context, spec []byte, seat Seat, how How) (p *Place, err error) {
	given, err := t.settings(spec)
	if err != nil {
		return nil, err
	}
	if seat.Client < 0 || seat.Client >= len(seat.Names) {
		return nil, fault.Usagef("client %d of %d", seat.Client, len(seat.Names))
	}
	_, rest := t.Dividing(given)
	rest["cache"] = seat.Cache
	delete(rest, "model") // a folder of the hub's
	rest = rest.Over(AtSites())
	s, _, err := t.resolve(nil, nil, rest, false)
	if err != nil {
		return nil, err
	}
	held, err := cache.Map(seat.Cache)
	if err != nil {
		return nil, err
	}
	division := seat.owns(held.Manifest)
	if err := held.Close(); err != nil {
		return nil, err
	}
	x, err := open(ctx, s, division, how)
	if err != nil {
		return nil, err
	}
	for _, y := range x.train.Labels() {
		division.Counts[y]++
	}
	x.groups = metric.Groups(division.Counts)
	e := &engine{x, x.homeOf(division.Clients), nil, nil}
	if m := s.algorithm(); m != nil {
		e.home.Stages = m.Stages()
	}
	e.eval = x.evaluator(e.home)
	e.eval.Owned = true
	counted := slices.Clone(division.Clients)
	counted[seat.Client].Test = eval.Enough(counted[seat.Client].Test, x.test.Labels(), seat.Least)
	e.eval.Prepare(counted)
	return &Place{e.home, s, seat.Client, e}, nil
}

// AtSites are the options of who owns what, of a run over machines.
func AtSites() Settings { return Settings{"partition": "natural", "tail": "natural"} }

// owns is the division in which the client owns everything.
func (seat Seat) owns(m *cache.Manifest) *partition.Partition {
	rows := map[string]int{}
	for _, s := range m.Splits {
		rows[s.Name] = s.Rows
	}
	shards := make([]partition.Shard, len(seat.Names))
	shards[seat.Client] = partition.Shard{Train: count(rows["train"]), Test: count(rows["test"])}
	return &partition.Partition{
		Format: 1, Kind: "natural", Tail: "natural", Imbalance: 1, LocalTest: "all test images of the site",
		Names: seat.Names, Counts: make([]int, len(m.Classes)), Clients: shards,
	}
}

// count lists the numbers below n.
func count(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Tallies evaluates a state on the client's own test images; nil is the frozen encoder. Of logits, subtract is taken
// off, one number a class, where it is not nil.
func (p *Place) Tallies(
	ctx context.Context, state *fed.State, detail eval.Detail, subtract []float32,
) ([]eval.Tally, error) {
	p.e.eval.Subtract = subtract
	return p.e.eval.Tallies(ctx, state, detail)
}

// Write leaves an ordinary run folder of the place: the state's global model, and what the client keeps. It is written
// anew for a later state.
func (p *Place) Write(ctx context.Context, dir string, state *fed.State, how How) error {
	e := p.e
	zero, err := e.zeroShot(ctx)
	if err != nil {
		return err
	}
	last, err := e.eval.Evaluate(ctx, state, eval.Full)
	if err != nil {
		return err
	}
	r, err := e.result(zero, last, nil)
	if err != nil {
		return err
	}
	r.Rounds = state.Round
	env, err := e.environment(how)
	if err != nil {
		return err
	}
	err = errors.Join(
		saved.Save(filepath.Join(dir, fed.CheckpointDir), saved.Checkpoint{
			Round: state.Round, Tensors: e.home.Module.Layout(), Shared: state.Shared, Kept: e.home.Kept,
		}),
		durable.WriteJSON(filepath.Join(dir, partitionFile), e.partition),
		durable.WriteSealed(filepath.Join(dir, envFile), env),
		e.writeLabels(dir),
		durable.WriteJSON(filepath.Join(dir, SpecFile), e.spec),
	)
	if err != nil {
		return err
	}
	train := e.home.Train
	o, err := e.outcome(r, state, last)
	e.home.Train = train // outcome takes it away, and the place is still used
	if err != nil {
		return err
	}
	return o.write(dir)
}

// Clear forgets what the client keeps.
func (p *Place) Clear() error {
	before := p.Home.Kept
	p.Home.Kept = kept.NewStore(before.Clients(), os.TempDir(), 1<<30)
	return before.Close()
}

// Close gives back what the place holds.
func (p *Place) Close() error {
	err := p.e.close()
	p.e.experiment.close()
	return err
}
