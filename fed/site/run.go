package site

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/wire"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// run is a run that the site takes part in.
type run struct {
	site    *Site
	id      string
	dir     string // of its states
	place   *lab.Place
	release func() // gives the folder back
	at      string // the state that the home is in; unknown: none that has a name
	most    int    // values that a vector may have
}

// unknown is the state of a home in which a task failed.
const unknown = "?"

// open opens a run: its folder, which is this process's alone, and the client's place.
func (s *Site) open(ctx context.Context, o *wire.Order) (r *run, err error) {
	dir := filepath.Join(s.State, o.Run[:min(len(o.Run), 12)])
	release, err := durable.Enter(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	place, err := s.Tables.Place(ctx, o.Plan.Settings,
		lab.Seat{Cache: s.Cache, Client: o.Client, Names: o.Plan.Sites, Least: s.MinClass}, s.How)
	if err != nil {
		return nil, err
	}
	r = &run{site: s, id: o.Run, dir: dir, place: place, release: release, at: unknown}
	text := place.Home.Head.Text
	size := place.Home.Module.Layout().Size()
	r.most = 4 * (size + text.Rows*text.Cols + text.Cols*text.Cols) // a head, or a dense residue of LoRA
	return r, r.remember(o.Plan)
}

func (r *run) close() error {
	defer r.release()
	return r.place.Close()
}

// do does a task. When it fails, the home is in no state that has a name, and the next order goes back to one.
func (r *run) do(ctx context.Context, t *wire.Task, f wire.Frame, pack *wire.Packer) (d wire.Done, err error) {
	question, err := f.Unpack(t.Vectors, r.most)
	if err != nil {
		return d, err
	}
	if phi := question["phi"]; len(phi) > len(r.place.Home.Initial) { // some methods share a part
		return d, fault.Usagef("site %q: %d parameters came, module %s has %d here", r.site.Name, len(phi),
			r.place.Spec.Module, len(r.place.Home.Initial))
	}
	if t.Evaluate != "" {
		d, err = r.evaluate(ctx, t, question, f)
	} else {
		d, err = r.stage(ctx, t, question, pack)
	}
	d.State = r.at
	return d, err
}

// stage runs a stage, and saves what the client keeps if that changed.
func (r *run) stage(ctx context.Context, t *wire.Task, q fed.Message, pack *wire.Packer) (d wire.Done, err error) {
	home, k := r.place.Home, r.place.Client
	if t.Stage == fed.CountsStage && !r.site.shares(eval.ShareCounts) {
		return d, fault.Usagef("site %q does not share its images by class (--share %s), and the run's loss "+
			"asks for them",
			r.site.Name, r.site.Share)
	}
	defer func() { // a hub's question may be one that no stage is made for
		if p := recover(); p != nil {
			err = fault.Usagef("site %q: stage %.40q cannot take the question: %v", r.site.Name, t.Stage, p)
		}
		if err != nil {
			r.at = unknown
			_ = home.End(false) // forgetting has no errors
		}
	}()
	before := versions(home.Kept, k)
	reply := home.Ask(ctx, fed.Call{
		Round: t.Round, Rounds: t.Rounds, Ask: t.Ask, Client: k, Stage: t.Stage, Question: q, Wait: t.Wait,
	})
	if reply.Err != nil {
		return d, fmt.Errorf("site %q: round %d: %w", r.site.Name, t.Round+1, reply.Err)
	}
	defer reply.Release()
	d.Vectors, d.Meters = pack.Pack(reply.Answer), map[string]wire.Meter{}
	for name, m := range reply.Observed {
		d.Meters[name] = wire.Meter{Sum: metric.Num(m.Sum), N: m.N}
	}
	if err := home.End(true); err != nil {
		return d, err
	}
	if versions(home.Kept, k) == before {
		return d, nil
	}
	r.at = unknown
	name := stateName(t.Round, t.Ask)
	if err := r.save(name); err != nil {
		return d, err
	}
	r.at = name
	r.site.Observe(fmt.Sprintf("run %.12s, round %d: %s", r.id, t.Round+1, t.Stage))
	return d, nil
}

// evaluate counts what a state predicts on the client's own test images.
func (r *run) evaluate(ctx context.Context, t *wire.Task, shared fed.Message, f wire.Frame) (d wire.Done, err error) {
	detail, err := eval.ParseDetail(t.Evaluate)
	if err != nil {
		return d, err
	}
	var state *fed.State
	if t.Vectors != nil {
		state = &fed.State{Round: t.Round, Shared: shared, Own: fed.Message{}}
	}
	var subtract []float32
	if t.Subtract != "" {
		v, err := f.Unpack(map[string]string{"subtract": t.Subtract}, len(r.site.Identity.Classes))
		if err != nil {
			return d, err
		}
		if subtract = v["subtract"]; len(subtract) != len(r.site.Identity.Classes) {
			return d, fault.Usagef("site %q: %d numbers are to be taken off logits of %d classes", r.site.Name,
				len(subtract), len(r.site.Identity.Classes))
		}
	}
	tallies, err := r.place.Tallies(ctx, state, detail, subtract)
	if err != nil {
		return d, err
	}
	if d.Tallies, err = json.Marshal(eval.Strip(tallies, r.site.Share)); err != nil {
		return d, err
	}
	if state != nil && detail == eval.Full {
		err = r.place.Write(ctx, r.dir, state, r.site.How)
	}
	return d, err
}
