package ordered

import (
	"sync"
	"sync/atomic"
)

// Crew is a number of workers that jobs side by side share. Each job has one of them, its own; those that no job has
// help with what is divided further. So whole jobs go first, and the last of them, when nothing else is left, is not
// left to one worker. A nil crew is one worker, whom every job has.
type Crew struct {
	workers int
	busy    atomic.Int64
}

// NewCrew is a crew of so many workers; below 1 counts as 1.
func NewCrew(workers int) *Crew { return &Crew{workers: max(workers, 1)} }

// Workers is how many there are.
func (c *Crew) Workers() int {
	if c == nil {
		return 1
	}
	return c.workers
}

// Join begins a job, of which leave is the end.
func (c *Crew) Join() (leave func()) {
	if c == nil {
		return func() {}
	}
	c.busy.Add(1)
	return func() { c.busy.Add(-1) }
}

// Run calls part(worker, i) for every i below n, in any order, and returns when all are done. The caller, who has
// joined, works too, with whoever is free. worker is below Workers; no two parts that run at the same time have the
// same.
func (c *Crew) Run(n int, part func(worker, i int)) {
	var next atomic.Int64
	work := func(worker int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			part(worker, i)
		}
	}
	var helpers sync.WaitGroup
	for w := 1; w < min(n, c.Workers()) && c.take(); w++ {
		helpers.Go(func() {
			defer c.busy.Add(-1)
			work(w)
		})
	}
	work(0)
	helpers.Wait()
}

// take gets a worker whom nobody has.
func (c *Crew) take() bool {
	if c.busy.Add(1) <= int64(c.workers) {
		return true
	}
	c.busy.Add(-1)
	return false
}
