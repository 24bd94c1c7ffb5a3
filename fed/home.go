package fed

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/fedpurel/fedpurel/fed/kept"
	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/seed"
)

// pagedAbove is the size, in bytes, beyond which what the clients keep under one name lies in a file instead of in
// memory.
var pagedAbove int64 = 1 << 30

// Home is where clients live: their data, what they keep, and what they run. One home serves all clients of a
// simulation; a site has one of its own. It answers calls for different clients at the same time.
type Home struct {
	Module  peft.Module
	Head    peft.Head         // frozen class embeddings: the zero-shot teacher
	Train   Source            // nil where no client lives
	Shards  []partition.Shard // what each client owns; of clients that live elsewhere, nothing
	Seed    seed.Root
	Views   Viewer        // draw training samples from its views; nil: Train's own features
	Loss    Loss          // the run's task loss; the zero value is the cross-entropy
	Initial []float32     // φ_0, from Seed
	Stages  Stages        // of the method
	Trace   bool          // record every step
	Stepped func()        // hears of every batch that is done with, from several goroutines; may be nil
	Kept    *kept.Store   // what the clients keep
	Crew    *ordered.Crew // whose workers help each other inside a stage; nil: they do not

	teachers [][]float32 // zero-shot logits of each client's training samples, once used; nil if all would be too many
	zeroShot func() []float32
	mu       sync.Mutex // of what follows
	desks    []*desk
	vectors  map[int][][]float32 // that nobody uses, by length
}

// desk is the memory of a client at work: for as long as it works, and for one batch.
type desk struct{ client, batch f32.Arena }

// NewHome draws the initial weights. What clients keep lies in memory or, where it is much, in scratch files: of a run
// in its folder, elsewhere in the folder for temporary files, which may be memory too.
func NewHome(module peft.Module, head peft.Head, train Source, shards []partition.Shard, root seed.Root) *Home {
	h := &Home{Module: module, Head: head, Train: train, Shards: shards, Seed: root, vectors: map[int][][]float32{}}
	h.Initial = make([]float32, module.Layout().Size())
	module.Init(h.Initial, root.Stream(seed.Init))
	h.Kept = kept.NewStore(len(shards), os.TempDir(), pagedAbove)
	h.zeroShot = sync.OnceValue(func() []float32 {
		anchored := slices.Clone(h.Initial)
		module.Anchor(anchored)
		return anchored
	})
	total := 0
	for _, s := range shards {
		total += len(s.Train)
	}
	if total*head.Text.Rows <= teacherFloats {
		h.teachers = make([][]float32, len(shards))
	}
	return h
}

// Ask runs a stage.
func (h *Home) Ask(ctx context.Context, call Call) Reply {
	stage, ok := h.Stages[call.Stage]
	if own, is := ownStages[call.Stage]; is {
		stage, ok = own, true
	}
	if !ok {
		return Reply{Err: fmt.Errorf("no stage %q", call.Stage)}
	}
	defer h.Crew.Join()()
	d := h.desk()
	defer h.leave(d)
	c := h.client(ctx, call.Client, d)
	c.round, c.rounds, c.question = call.Round, call.Rounds, call.Question
	answer := stage(c, call.Question)
	c.close(answer)
	reply := Reply{Answer: answer, Observed: c.observed, Steps: c.steps, Err: c.err, release: c.Release}
	if c.err != nil || !call.Wait {
		reply.Answer = nil
	}
	return reply
}

// Settle has nothing to wait for.
func (h *Home) Settle(context.Context, int) ([]Late, error) { return nil, nil }

// End makes what the clients kept lasting, or forgets it.
func (h *Home) End(keep bool) error {
	if keep {
		h.Kept.Commit()
	} else {
		h.Kept.Rollback()
	}
	return nil
}

// Client is a client outside of any stage, to be asked how it predicts. Its vectors live until Release.
func (h *Home) Client(ctx context.Context, id int) *Client { return h.client(ctx, id, &desk{}) }

func (h *Home) client(ctx context.Context, id int, d *desk) *Client {
	return &Client{ID: id, home: h, ctx: ctx, memory: &d.client, batchMemory: &d.batch, observed: map[string]Meter{}}
}

// Lasting reports whether a part's parameters stay as they are for as long as their identity is the same: what a
// client keeps, and the home's own constants.
func (h *Home) Lasting(p Part) bool {
	return p.store != nil || len(p.phi) > 0 && (&p.phi[0] == &h.Initial[0] || &p.phi[0] == &h.zeroShot()[0])
}

// desk returns free memory.
func (h *Home) desk() *desk {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.desks); n > 0 {
		d := h.desks[n-1]
		h.desks = h.desks[:n-1]
		return d
	}
	return &desk{}
}

// leave takes it back.
func (h *Home) leave(d *desk) {
	d.client.Reset()
	d.batch.Reset()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.desks = append(h.desks, d)
}

// vector returns n values with arbitrary contents.
func (h *Home) vector(n int) []float32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if free := h.vectors[n]; len(free) > 0 {
		v := free[len(free)-1]
		h.vectors[n] = free[:len(free)-1]
		return v
	}
	return make([]float32, n)
}

// recycle takes back vectors that nobody uses any more.
func (h *Home) recycle(vectors [][]float32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, v := range vectors {
		h.vectors[len(v)] = append(h.vectors[len(v)], v)
	}
}

// Loss is the run's task loss, with its options. The zero value is the cross-entropy.
type Loss struct {
	train.LossEntry
	Options train.LossOptions
}
