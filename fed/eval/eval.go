// Package eval measures a state: the global model on the whole test set, the global and the personal models on every
// client's own test images, and how far the global model has moved from the zero-shot predictions.
package eval

import (
	"context"
	"sync"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// blockRows bounds the rows that one worker has in memory at a time.
const blockRows = 512

// Evaluator holds what does not change between evaluations. It is used by one goroutine and starts its own workers.
type Evaluator struct {
	Module   peft.Module
	Head     peft.Head
	Test     fed.Source
	Personal fed.Personal
	Averages bool // the method has one global model; otherwise the global figures average over the clients' models
	Groups   []metric.Group
	Balance  metric.Balance
	Workers  int
	Start    []float32 // the branch of a client that never took part; nil stands for the global parameters
	// Wise is WiSE-FT's weight of the module's zero-shot point (Wortsman et al., CVPR 2022); the tuned global parameters
	// have the rest. 0 evaluates them as they are.
	Wise float64
	// Subtract, one number a class, is taken off all logits of tuned models before they predict; nil takes off nothing.
	// With τ log π it is post-hoc logit adjustment.
	Subtract []float32
	// Metrics are what is measured; nil: the program's own.
	Metrics metric.Table

	blocks  []block
	arenas  []f32.Arena // of the workers
	keeps   bool        // logits of the clients' own parameters between evaluations
	clients int
	classes int
	zero    *zeroShot // once it has been evaluated
}

// block is a run of test rows of one owner; owner −1 owns what no client does.
type block struct {
	owner int
	rows  []int
	last  branch
}

// Outcome is everything that one evaluation counts.
type Outcome struct {
	Scores   metric.Scores
	ZeroShot metric.Counts // on the whole test set
	Global   metric.Counts
	Personal metric.Counts // pooled over the clients' own test images
	Local    metric.Counts // of the global model on the same images
	// On each client's own test images:
	ClientZeroShot, ClientGlobal, ClientPersonal []metric.Hits
	// In full detail only:
	Reliability  map[string][]metric.Reliability // zero_shot, global, personal: how far confidence is right, by class
	Contribution []metric.Contribution           // who decided right personal predictions, by class; residual methods only
}

// Detail says how much an evaluation measures.
type Detail int

// The details; each includes those before it.
const (
	Accuracy   Detail = iota // counts
	Divergence               // how far predictions moved from zero-shot; costs more than the counts
	Full                     // calibration and branch contributions
)

// Prepare divides the test rows into blocks by owner. It must be called once, before Evaluate.
func (e *Evaluator) Prepare(shards []partition.Shard) {
	e.classes, e.clients = e.Head.Text.Rows, len(shards)
	free := make([]bool, e.Test.Len())
	for i := range free {
		free[i] = true
	}
	add := func(owner int, rows []int) {
		for len(rows) > 0 {
			n := min(blockRows, len(rows))
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
	add(-1, rest)
	e.arenas = make([]f32.Arena, min(max(e.Workers, 1), max(len(e.blocks), 1)))
	e.keeps = (e.Test.Len()-len(rest))*e.classes <= branchFloats
}

// zeroShot is what never changes from one evaluation to the next.
type zeroShot struct {
	all     metric.Counts
	clients []metric.Hits
}

// Evaluate scores a state; nil stands for the frozen encoder itself.
func (e *Evaluator) Evaluate(ctx context.Context, s *fed.State, detail Detail) (*Outcome, error) {
	s = e.wise(s)
	sum := e.newSum()
	var (
		mu   sync.Mutex
		turn = sync.NewCond(&mu)
		next int
		wg   sync.WaitGroup
	)
	ready := map[int]*tally{} // blocks that wait for those before them; few at a time
	for w := range e.arenas {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for {
				for next < len(e.blocks) && next >= sum.blocks+8*len(e.arenas) {
					turn.Wait()
				}
				if next == len(e.blocks) {
					return
				}
				i := next
				next++
				mu.Unlock()
				t := &tally{err: ctx.Err()}
				if t.err == nil {
					*t = e.block(&e.arenas[w], &e.blocks[i], s, detail)
				}
				mu.Lock()
				for ready[i] = t; ready[sum.blocks] != nil; {
					t := ready[sum.blocks]
					delete(ready, sum.blocks)
					sum.add(t, e.blocks[sum.blocks].owner)
				}
				turn.Broadcast()
			}
		})
	}
	wg.Wait()
	return e.outcome(sum, detail >= Divergence && (s == nil || e.Averages))
}

// wise moves the global parameters towards the module's zero-shot point, in a copy.
func (e *Evaluator) wise(s *fed.State) *fed.State {
	if s == nil || e.Wise == 0 || !e.Averages {
		return s
	}
	moved := *s
	moved.Global = append([]float32{}, s.Global...)
	e.Module.Anchor(moved.Global)
	for i, v := range s.Global {
		moved.Global[i] = float32(e.Wise*float64(moved.Global[i]) + (1-e.Wise)*float64(v))
	}
	return &moved
}
