// Package eval measures a state: the global model on the whole test set, the global and the personal models on every
// client's own test images, and how far the global model has moved from the zero-shot predictions. It knows models, no
// methods. Fill an Evaluator, Prepare it once, and Evaluate states, as a Plan's Evaluate or after a run.
package eval

import (
	"context"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/ordered"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/saved"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
)

// blockRows bounds the rows that one worker has in memory at a time; of wide rows, as tokens are, they are fewer, but
// not so few that work on them is slow.
const (
	blockRows   = 512
	fewestRows  = 32
	blockValues = 1 << 22
)

// blockRowsOf is how many rows of a width one worker has in memory at a time.
func blockRowsOf(width int) int { return max(min(blockRows, blockValues/max(width, 1)), fewestRows) }

// Evaluator holds what does not change between evaluations. It is used by one goroutine and works on several.
type Evaluator struct {
	Module  peft.Module
	Head    peft.Head
	Test    fed.Source
	Method  fed.Method            // what predicts; may be nil if only the frozen encoder is evaluated
	Home    func(k int) *fed.Home // where client k lives
	Groups  []metric.Group
	Balance metric.Balance
	Workers int
	Crew    *ordered.Crew // whose workers help each other; nil: they do not
	// Wise is WiSE-FT's weight of the module's zero-shot point (Wortsman et al., CVPR 2022); the tuned global
	// parameters have the rest. 0 evaluates them as they are.
	Wise float64
	// Subtract, one number a class, is taken off all logits of tuned models before they predict; nil takes off nothing.
	// With τ log π it is post-hoc logit adjustment.
	Subtract []float32
	// Owned leaves out the test images that no client owns.
	Owned bool
	// Metrics are what is measured; nil: the program's own.
	Metrics metric.Table

	blocks  []block
	desks   []desk // of the workers
	keeps   bool   // logits of parts that stay the same between evaluations
	clients int
	classes int
	rows    int       // of the test split
	held    int       // of these, in blocks
	zero    *zeroShot // once it has been evaluated
}

// desk is the memory of one worker: for a block, for one of many models on it, and for moving class texts.
type desk struct{ block, model, texts f32.Arena }

// block is a run of test rows of one owner; owner −1 owns what no client does.
type block struct {
	owner int
	rows  []int
	last  []branch
}

// Outcome is everything that one evaluation counts.
type Outcome struct {
	Scores   metric.Scores
	ZeroShot metric.Counts // on the whole test set
	Global   metric.Counts
	Personal metric.Counts // pooled over the clients' own test images
	Local    metric.Counts // of the global model on the same images
	Right    metric.Right  // which test images they are that are right
	// On each client's own test images:
	ClientZeroShot, ClientGlobal, ClientPersonal []metric.Hits
	// In full detail only:
	Reliability map[string][]metric.Reliability // zero_shot, global, personal: how far confidence is right, by class
	// Contribution says who decided right personal predictions, by class; only where these add a branch to the global
	// model.
	Contribution []metric.Contribution
	// Predicted is what models take every test image for, by the names of Reliability; of what a model does not
	// predict, such as an image that no client owns, it says nothing.
	Predicted map[string]saved.Predictions
}

// Detail says how much an evaluation measures.
type Detail int

// The details; each includes those before it.
const (
	Accuracy   Detail = iota // counts
	Divergence               // how far predictions moved from zero-shot; costs more than the counts
	Full                     // calibration and branch contributions
)

var details = []string{"accuracy", "divergence", "full"}

func (d Detail) String() string { return details[d] }

// ParseDetail reads what String writes.
func ParseDetail(s string) (Detail, error) {
	if i := slices.Index(details, s); i >= 0 {
		return Detail(i), nil
	}
	return 0, fault.Unknown("eval: unknown detail", s, details)
}

// Prepare divides the test rows into blocks by owner. It must be called once, before Evaluate.
func (e *Evaluator) Prepare(shards []partition.Shard) {
	e.Expect(len(shards), e.Test.Len())
	free := make([]bool, e.Test.Len())
	for i := range free {
		free[i] = true
	}
	add := func(owner int, rows []int) {
		for len(rows) > 0 {
			n := min(blockRowsOf(e.Test.Dim()), len(rows))
			e.blocks = append(e.blocks, block{owner: owner, rows: rows[:n]})
			rows = rows[n:]
		}
	}
	for k, s := range shards {
		add(k, s.Test)
		for _, r := range s.Test {
			free[r] = false
		}
	}
	var rest []int
	for r, ok := range free {
		if ok {
			rest = append(rest, r)
		}
	}
	if e.Owned {
		e.held -= len(rest)
	} else {
		add(-1, rest)
	}
	e.keeps = (e.Test.Len()-len(rest))*e.classes <= branchFloats
}

// Expect is Prepare for who adds up tallies from elsewhere, of so many clients and test rows, and evaluates nothing.
func (e *Evaluator) Expect(clients, rows int) {
	e.classes, e.clients, e.rows, e.held = e.Head.Text.Rows, clients, rows, rows
}

// zeroShot is what never changes from one evaluation to the next.
type zeroShot struct {
	all     metric.Counts
	clients []metric.Hits
}

// scene is what one evaluation of a state shows; nil is the frozen encoder.
type scene struct {
	shared  fed.Message
	global  fed.Model             // nil: no global model
	common  map[fed.Identity]bool // of the shared vectors
	clients []int                 // whose models stand in for a global one
	stills  *stills
}

// Evaluate scores a state; nil stands for the frozen encoder itself.
func (e *Evaluator) Evaluate(ctx context.Context, s *fed.State, detail Detail) (*Outcome, error) {
	sum := e.newSum()
	if err := e.each(ctx, s, detail, sum.add); err != nil {
		return nil, err
	}
	return e.outcome(sum), nil
}

// Tallies is what a state's evaluation adds up: what a site says of its own test rows, as Sum takes it. A site owns
// nothing else: Owned, and of the shards only its own has rows.
func (e *Evaluator) Tallies(ctx context.Context, s *fed.State, detail Detail) (all []Tally, err error) {
	err = e.each(ctx, s, detail, func(t *Tally) { all = append(all, *t) })
	return all, err
}

// each evaluates block by block, and hands the tallies over in the order of the blocks.
func (e *Evaluator) each(ctx context.Context, s *fed.State, detail Detail, use func(*Tally)) error {
	var view *scene
	if s != nil {
		view = e.scene(s)
	}
	workers := max(e.Workers, 1)
	for len(e.desks) < workers {
		e.desks = append(e.desks, desk{})
	}
	type tallied struct {
		Tally
		err error
	}
	jobs := ordered.Jobs{N: len(e.blocks), Workers: workers, Ahead: 8 * workers}
	return ordered.Run(jobs, func(worker, i int) *tallied {
		if err := ctx.Err(); err != nil {
			return &tallied{err: err}
		}
		defer e.Crew.Join()()
		t, err := e.tally(ctx, &e.desks[worker], &e.blocks[i], view, detail)
		return &tallied{t, err}
	}, func(_ int, t *tallied) error {
		if t.err == nil {
			use(&t.Tally)
		}
		return t.err
	})
}

// scene prepares what all blocks need.
func (e *Evaluator) scene(s *fed.State) *scene {
	v := &scene{shared: s.Shared, global: e.Method.Global(s.Shared), common: map[fed.Identity]bool{}}
	v.stills = newStills(e.Head.Text)
	if e.Wise != 0 && v.global != nil {
		v.shared = Moved(e.Method, e.Module, s.Shared, e.Wise)
		v.global = e.Method.Global(v.shared)
	}
	for _, vector := range v.shared {
		v.common[fed.Of(vector).Identity()] = true
	}
	if v.global == nil {
		for k := range e.clients {
			if e.Home(k).Kept.Has(k) {
				v.clients = append(v.clients, k)
			}
		}
	}
	return v
}
