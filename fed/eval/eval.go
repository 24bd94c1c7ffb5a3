// Package eval measures a state: the global model on the whole test set, the global and the personal models on every
// client's own test images, and how far the global model has moved from the zero-shot predictions.
package eval

import (
	"context"
	"math"
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
	Initial  []float32 // φ_0: the parameters of a client that never took part

	blocks  []block
	clients int
	classes int
	zero    []metric.Counts // of the zero-shot classifier by block, once it has been evaluated
}

// block is a run of test rows of one owner; owner −1 owns what no client does.
type block struct {
	owner int
	rows  []int
}

// Outcome is everything that one evaluation counts.
type Outcome struct {
	Scores   metric.Scores
	ZeroShot metric.Counts // on the whole test set
	Global   metric.Counts
	Personal metric.Counts // pooled over the clients' own test images
	// On each client's own test images:
	ClientZeroShot, ClientGlobal, ClientPersonal []metric.Counts
}

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
			e.blocks = append(e.blocks, block{owner, rows[:n]})
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
}

// tally is what one block contributes.
type tally struct {
	zero, global, local, personal metric.Counts
	tkl                           float64
	err                           error
}

// Evaluate scores a state; nil stands for the frozen encoder itself. withTKL also measures the temperature-aligned
// divergence from the zero-shot predictions, which costs more than the rest.
func (e *Evaluator) Evaluate(ctx context.Context, s *fed.State, withTKL bool) (*Outcome, error) {
	tallies := make([]tally, len(e.blocks))
	if e.zero == nil {
		e.zero = make([]metric.Counts, len(e.blocks))
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(max(e.Workers, 1), max(len(e.blocks), 1)) {
		wg.Go(func() {
			for i := range next {
				if tallies[i].err = ctx.Err(); tallies[i].err == nil {
					tallies[i] = e.block(e.blocks[i], e.zero[i], s, withTKL)
				}
			}
		})
	}
	for i := range e.blocks {
		next <- i
	}
	close(next)
	wg.Wait()
	return e.merge(tallies, withTKL && (s == nil || e.Averages))
}

// block evaluates one block sequentially. known are the zero-shot counts of an earlier evaluation, or empty.
func (e *Evaluator) block(b block, known metric.Counts, s *fed.State, withTKL bool) tally {
	t := tally{global: metric.NewCounts(e.classes), local: metric.NewCounts(e.classes), personal: metric.NewCounts(e.classes)}
	x := f32.New(len(b.rows), e.Test.Dim())
	if t.err = e.Test.Gather(x, b.rows); t.err != nil {
		return t
	}
	labels := make([]int, len(b.rows))
	for i, r := range b.rows {
		labels[i] = int(e.Test.Labels()[r])
	}
	count := func(c metric.Counts, logits f32.Matrix) {
		for i, y := range labels {
			c.Add(y, f32.Argmax(logits.Row(i)))
		}
	}
	var zero f32.Matrix
	if t.zero = known; known.Total == nil || s == nil || withTKL {
		zero = e.Head.ZeroShot(x)
		t.zero = metric.NewCounts(e.classes)
		count(t.zero, zero)
	}
	if s == nil { // the encoder alone: every model is the zero-shot one
		count(t.global, zero)
		count(t.local, zero)
		count(t.personal, zero)
		return t
	}
	var global f32.Matrix
	if e.Averages {
		global, _ = e.Module.Forward(s.Global, x)
		count(t.global, global)
		count(t.local, global)
		if withTKL {
			for i := range labels {
				t.tkl += TKL(global.Row(i), zero.Row(i))
			}
		}
	} else {
		for _, phi := range s.Personal {
			if phi != nil {
				own, _ := e.Module.Forward(phi, x)
				count(t.global, own)
			}
		}
	}
	if b.owner < 0 {
		return t
	}
	own, _ := e.Module.Forward(e.personal(s, b.owner), x)
	if e.Personal == fed.PersonalResidual {
		f32.Axpy(1, global.Data, own.Data)
	}
	count(t.personal, own)
	return t
}

// personal returns the parameters with which client k predicts. A client that never took part has its initial branch
// to add to the global model; where the personal model stands alone, it uses the global one, if there is one.
func (e *Evaluator) personal(s *fed.State, k int) []float32 {
	switch {
	case s.Personal[k] != nil:
		return s.Personal[k]
	case e.Averages && e.Personal != fed.PersonalResidual:
		return s.Global
	default:
		return e.Initial
	}
}

// merge adds the tallies in block order and forms the scores.
func (e *Evaluator) merge(tallies []tally, withTKL bool) (*Outcome, error) {
	o := &Outcome{ZeroShot: metric.NewCounts(e.classes), Global: metric.NewCounts(e.classes), Personal: metric.NewCounts(e.classes)}
	for range e.clients {
		o.ClientZeroShot = append(o.ClientZeroShot, metric.NewCounts(e.classes))
		o.ClientGlobal = append(o.ClientGlobal, metric.NewCounts(e.classes))
		o.ClientPersonal = append(o.ClientPersonal, metric.NewCounts(e.classes))
	}
	var tkl float64
	for i, t := range tallies {
		if t.err != nil {
			return nil, t.err
		}
		o.ZeroShot.Merge(t.zero)
		e.zero[i] = t.zero
		o.Global.Merge(t.global)
		tkl += t.tkl
		if k := e.blocks[i].owner; k >= 0 {
			o.Personal.Merge(t.personal)
			o.ClientZeroShot[k].Merge(t.zero)
			o.ClientGlobal[k].Merge(t.local)
			o.ClientPersonal[k].Merge(t.personal)
		}
	}
	o.Scores = metric.Scores{
		Global:   metric.ScoreOf(o.Global, e.Groups, e.Balance),
		OnLocal:  metric.ScoreOfClients(o.ClientGlobal, e.Groups, e.Balance),
		Personal: metric.ScoreOfClients(o.ClientPersonal, e.Groups, e.Balance),
		TKL:      metric.Num(math.NaN()),
	}
	if withTKL {
		o.Scores.TKL = metric.Num(tkl / float64(e.Test.Len()))
	}
	return o, nil
}
