package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Base is the run whose global model another run personalized, as env.json of that records it.
type Base struct {
	Folder    string `json:"folder"`
	Cache     string `json:"cache_fingerprint"`
	Partition string `json:"partition_sha256"`
	Round     int    `json:"round"`
	Model     string `json:"model_sha256"` // of the arrays in its model folder
}

// Personalize fits one client that never took part to what a run has learned, which stays as it is.
type Personalize struct {
	Cache  string // the client's own images, by the run's encoder: it learns from the training split
	Name   string // of the client
	Rounds int    // 0: as many as those who took part had on average
}

// Folders below a personalized run's: the client's images in the run's classes, and a cache of them from which these
// may come, for as long as the work goes on.
const (
	ownDir      = "cache"
	FeaturesDir = "features"
)

// Personalize writes dir, an ordinary run folder of one client: the method's shared state is the run's, and what the
// client keeps is its own. It needs the run folder alone, without the run's cache.
func (f *Folder) Personalize(ctx context.Context, p Personalize, dir string, how How) (r *metric.Result, err error) {
	times, err := f.adapts(p.Rounds)
	if err != nil {
		return nil, err
	}
	if err := f.Spec.predicts(); err != nil {
		return nil, err
	}
	m, err := f.model()
	if err != nil {
		return nil, err
	}
	if err := Vacant(dir); err != nil {
		return nil, err
	}
	own := filepath.Join(dir, ownDir)
	defer func() {
		if err != nil {
			err = errors.Join(err, forget(dir))
		}
	}()
	made, err := f.recast(ctx, p.Cache, own, m, how)
	if err != nil {
		return nil, err
	}
	s, err := f.alone(dir, own, times)
	if err != nil {
		return nil, err
	}
	x, err := open(ctx, s, f.divideAlone(made, p.Name), how)
	if err != nil {
		return nil, err
	}
	defer x.close()
	e := x.engine()
	defer func() { err = errors.Join(err, e.close()) }()
	state, err := f.state(e)
	if err != nil {
		return nil, err
	}
	x.base = &Base{f.Dir, f.Env.Cache, f.Env.Partition, state.Round, m.Card.Arrays.SHA256}
	release, err := x.openFolder(dir, how)
	if err != nil {
		return nil, err
	}
	defer release()
	if _, err := e.adapt(ctx, e.home, state); err != nil {
		return nil, err
	}
	return e.keepAlone(ctx, dir, state)
}

// Vacant refuses a folder that holds anything but FeaturesDir.
func Vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("personalize: %w", err)
	}
	for _, e := range entries {
		if e.Name() != FeaturesDir {
			return fault.Usagef("personalize: %s is not empty; choose a new folder for --out", dir)
		}
	}
	return nil
}

// adapts says how often the client is asked.
func (f *Folder) adapts(rounds int) (times int, err error) {
	s := &f.Spec
	adapter, able := s.algorithm().(fed.Adapter)
	switch {
	case rounds < 0:
		return 0, fault.Usagef("--rounds %d must not be negative", rounds)
	case !s.Trains():
		return 0, fault.Usagef("personalize: --method %s of %s trains nothing: there is nothing to fit",
			s.Method, f.Dir)
	case !able:
		return 0, fault.Usagef("personalize: --method %s of %s has no stage for a client that never took part",
			s.Method, f.Dir)
	case rounds > 0 && !s.adapts():
		return 0, fault.Usagef("personalize: --rounds is for methods whose own part of a client grows from round "+
			"to round; under --method %s it begins anew in each", s.Method)
	case rounds > 0:
		return rounds, nil
	case s.AdaptRounds > 0:
		return s.AdaptRounds, nil
	}
	_, times = adapter.Adapt(s.attended(len(f.Partition.Clients)))
	return times, nil
}

// recast puts the client's cache into the run's classes.
func (f *Folder) recast(ctx context.Context, from, to string, m *Model, how How) (*cache.Manifest, error) {
	held, err := cache.Map(from)
	if err != nil {
		return nil, err
	}
	defer held.Close() // read-only
	if !how.NoVerify {
		if err := held.Check(ctx); err != nil {
			return nil, err
		}
	}
	c := m.Card
	made, err := cache.Recast(ctx, to, held, cache.Frame{
		Classes: c.Classes, Templates: c.Templates, Text: m.Head.Text, Projection: m.Head.Projection,
		LogitScale: c.LogitScale, Encoder: c.Encoder,
	}, held.Manifest.Versions)
	if err != nil {
		return nil, err
	}
	if len(held.Manifest.Classes) < len(c.Classes) {
		how.tell(fmt.Sprintf("%s has %d of the run's %d classes", from, len(held.Manifest.Classes), len(c.Classes)))
	}
	return made, nil
}

// alone is the run's spec for one client.
func (f *Folder) alone(dir, own string, times int) (s Spec, err error) {
	data, err := json.Marshal(f.Spec)
	if err != nil {
		return s, err
	}
	t := f.Spec.tables
	all, err := t.settings(data)
	if err != nil {
		return s, err
	}
	_, rest := t.Dividing(all)
	rest["cache"], rest["partition_file"] = own, filepath.Join(dir, partitionFile)
	if f.Spec.adapts() {
		rest["adapt_rounds"] = times
	}
	s, _, err = t.resolve(nil, nil, rest, false)
	return s, err
}

// divideAlone gives the one client all rows of its cache.
func (f *Folder) divideAlone(own *cache.Manifest, name string) *partition.Partition {
	rows := map[string]int{}
	for _, s := range own.Splits {
		rows[s.Name] = s.Rows
	}
	return partition.Alone(&f.Partition, name, rows["train"], rows["test"])
}

// state is what the run's server had in the end.
func (f *Folder) state(e *engine) (*fed.State, error) {
	shards := make([]partition.Shard, len(f.Partition.Clients))
	home := e.homeOf(shards)
	defer home.Kept.Close() // scratch: nothing can be lost
	c, err := saved.LoadOf(filepath.Join(f.Dir, fed.CheckpointDir), len(home.Initial), home.Kept, []int{})
	if err != nil {
		return nil, err
	}
	return &fed.State{Round: c.Round, Shared: c.Shared, Own: c.Own}, nil
}

// keepAlone writes what a run's end leaves behind.
func (e *engine) keepAlone(ctx context.Context, dir string, state *fed.State) (*metric.Result, error) {
	zero, err := e.zeroShot(ctx)
	if err != nil {
		return nil, err
	}
	last, err := e.eval.Evaluate(ctx, state, eval.Full)
	if err != nil {
		return nil, err
	}
	r, err := e.result(zero, last, nil)
	if err != nil {
		return nil, err
	}
	r.Rounds, r.TrainImages, r.LeftOut = state.Round, 0, ""
	err = saved.Save(filepath.Join(dir, fed.CheckpointDir), saved.Checkpoint{
		Round: state.Round, Tensors: e.home.Module.Layout(), Shared: state.Shared, Own: state.Own, Kept: e.home.Kept,
	})
	if err != nil {
		return nil, err
	}
	o, err := e.outcome(r, state, last)
	if err != nil {
		return nil, err
	}
	return r, o.write(dir)
}

// forget removes what a failed personalization left.
func forget(dir string) error {
	var errs []error
	for _, name := range []string{
		ownDir, fed.CheckpointDir, ModelDir, SpecFile, envFile, partitionFile, durable.LockFile,
	} {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}
