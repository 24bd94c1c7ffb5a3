package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/method/purel"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/train"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/peft"
)

// build compiles the program.
func build(dir string) (string, error) {
	binary := filepath.Join(dir, "fedpurel")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/fedpurel").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return binary, nil
}

// memory is a split in memory.
type memory struct {
	x f32.Matrix
	y []int32
}

func (m *memory) Len() int        { return len(m.y) }
func (m *memory) Dim() int        { return m.x.Cols }
func (m *memory) Labels() []int32 { return m.y }

func (m *memory) Gather(dst f32.Matrix, rows []int) error {
	for i, r := range rows {
		copy(dst.Row(i), m.x.Row(r))
	}
	return nil
}

// inMemory makes n rows of the world.
func (w world) inMemory(n int, stream uint64, centre f32.Matrix) *memory {
	m := &memory{f32.New(n, w.dim), make([]int32, n)}
	for i := range n {
		m.y[i] = w.fill(m.x.Row(i), i, stream, centre)
	}
	return m
}

// settings are the peer's.
func settings() *purel.FedPuReL {
	m := purel.NewFedPuReL(peft.Entry{LR: 1e-3, PersonalLR: 1e-3})
	m.Batch, m.DropLast = 32, true
	return m
}

// engine is a run in this process, without evaluation: clients with equal shares of the rows.
type engine struct {
	home *fed.Home
	plan fed.Plan
	dir  string
}

func (w world) engine(clients, workers int, m fed.Method, fraction float64) (*engine, error) {
	text, centre := w.texts()
	trainOn := w.inMemory(w.train, 2, centre)
	shards := make([]partition.Shard, clients)
	for k := range shards {
		for r := k; r < w.train; r += clients {
			shards[k].Train = append(shards[k].Train, r)
		}
	}
	head := peft.Head{Text: text, Scale: 100}
	module, err := peft.New("gate", head, nil)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return nil, err
	}
	e := &engine{home: fed.NewHome(module, head, trainOn, shards, 1), dir: dir}
	e.plan = fed.Plan{
		Method:   m,
		Rounds:   1,
		Fraction: fraction,
		Workers:  workers,
		Seed:     1,
		Dir:      dir,
	}
	return e, nil
}

// round runs so many rounds and returns the seconds of the fastest.
func (e *engine) round(n int) (float64, error) {
	defer os.RemoveAll(e.dir)
	e.plan.Rounds = n
	_, records, err := fed.Run(context.Background(), e.home, e.plan)
	if err != nil {
		return 0, err
	}
	var times []float64
	for _, r := range records {
		times = append(times, r.Seconds)
	}
	return slices.Min(times), nil
}

// stepSeconds is the time of a purified step of batch 32 on one core: rounds of stage 1 on one client.
func (w world) stepSeconds(rows int) (float64, error) {
	w.train = rows
	m := settings()
	m.Residual.Rounds = 1 // after the rounds that are run
	e, err := w.engine(1, 1, m, 1)
	if err != nil {
		return 0, err
	}
	old := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(old)
	seconds, err := e.round(4)
	return seconds / float64(rows/32), err
}

// kernel times one piece of arithmetic on one core.
func kernel(f func()) float64 {
	f()
	best := 1.0
	for range 5 {
		calls, start := 0, time.Now()
		for time.Since(start) < 20*time.Millisecond {
			f()
			calls++
		}
		best = min(best, time.Since(start).Seconds()/float64(calls))
	}
	return best
}

// rate is our GFLOP/s on a shape, on one core; weights change from call to call. Products whose inner size is the
// batch are those that add up gradients.
func rate(s shape) float64 {
	a, w, dst, i := f32.New(s.n, s.k), [4]f32.Matrix{}, f32.New(s.n, s.m), 0
	product := func() { f32.MulT(dst, a, w[i%4]) }
	rows, cols := s.m, s.k
	if s.k == 32 && s.n > 32 {
		a, rows, cols = f32.New(s.k, s.n), s.k, s.m
		product = func() { f32.AddTMul(dst, a, w[i%4]) }
	}
	for j := range w {
		w[j] = f32.New(rows, cols)
	}
	seconds := kernel(func() {
		product()
		i++
	})
	s.times = 1
	return s.flop() / seconds / 1e9
}

// tkl times the alignment loss of a batch.
func tkl(b, c int) float64 {
	l, z, d := f32.New(b, c), f32.New(b, c), f32.New(b, c)
	for i := range l.Data {
		l.Data[i], z.Data[i] = float32(i*7919%100)/10, float32(i*104729%100)/10
	}
	return kernel(func() { train.TKL(d, l, z) })
}
