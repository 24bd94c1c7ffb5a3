package ordered

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// Every part is done once, never by more than the crew has, and no two at a time by the same worker.
func TestCrew(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 5} {
		c := NewCrew(workers)
		var under, most atomic.Int64
		var jobs sync.WaitGroup
		for range c.Workers() {
			jobs.Go(func() {
				defer c.Join()()
				for _, n := range []int{0, 1, 3, 100} {
					done, at := make([]int32, n), make([]atomic.Bool, c.Workers())
					c.Run(n, func(worker, i int) {
						if !at[worker].CompareAndSwap(false, true) {
							t.Error("a worker does two parts at a time")
						}
						now := under.Add(1)
						for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
						}
						done[i]++
						under.Add(-1)
						at[worker].Store(false)
					})
					if slices.ContainsFunc(done, func(k int32) bool { return k != 1 }) {
						t.Errorf("%d workers, %d parts: done %v times", workers, n, done)
					}
				}
			})
		}
		jobs.Wait()
		if int(most.Load()) > c.Workers() {
			t.Errorf("%d at work in a crew of %d", most.Load(), c.Workers())
		}
		if c.busy.Load() != 0 {
			t.Errorf("%d still busy", c.busy.Load())
		}
	}
}

// A job that is alone is helped with; one beside which all others have jobs is not.
func TestCrewHelps(t *testing.T) {
	c := NewCrew(2)
	met := make(chan int, 2)
	leave := c.Join()
	c.Run(2, func(worker, _ int) { // each waits for the other
		met <- worker
		for len(met) < 2 {
		}
	})
	other := c.Join()
	c.Run(20, func(worker, _ int) {
		if worker != 0 {
			t.Error("nobody is free, and somebody helps")
		}
	})
	other()
	leave()
	(*Crew)(nil).Join()()
	sum := 0
	(*Crew)(nil).Run(4, func(_, i int) { sum += i })
	if sum != 6 {
		t.Errorf("without a crew, parts make %d", sum)
	}
}
