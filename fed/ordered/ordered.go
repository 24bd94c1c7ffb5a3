// Package ordered runs jobs on several workers and hands their results over in order, one at a time. Whoever adds up
// what it is handed gets the same bits from any number of workers. With package featurize it is the only place that
// starts goroutines.
package ordered

import "sync"

// Jobs says how the jobs 0 … N−1 run.
type Jobs struct {
	N       int
	Workers int   // at most so many run at once; below 1 counts as 1
	Order   []int // in which they start, for the longest first; nil: ascending
	Ahead   int   // with ascending order: at most so many are started and not yet delivered; 0: any number
}

// Run performs work on every job and hands the results to deliver in ascending order of the jobs, never two at once.
// worker is below j.Workers; no two jobs that run at the same time have the same. The first error that deliver returns
// ends the run: no further job starts, nothing further is delivered, and jobs under way are waited for.
func Run[T any](j Jobs, work func(worker, job int) T, deliver func(job int, result T) error) error {
	if j.Order != nil && (j.Ahead > 0 || len(j.Order) != j.N) {
		panic("ordered: an order is of all jobs, and goes without a limit ahead")
	}
	r := &run[T]{Jobs: j, deliver: deliver, ready: map[int]T{}}
	r.turn.L = &r.mu
	var workers sync.WaitGroup
	for w := range min(max(j.Workers, 1), j.N) {
		workers.Go(func() {
			for job, ok := r.next(); ok; job, ok = r.next() {
				r.done(job, work(w, job))
			}
		})
	}
	workers.Wait()
	return r.failed
}

type run[T any] struct {
	Jobs
	deliver            func(int, T) error
	mu                 sync.Mutex
	turn               sync.Cond
	started, delivered int
	ready              map[int]T // results that wait for those before them
	failed             error
}

// next waits until a job may start and returns it.
func (r *run[T]) next() (job int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.failed == nil && r.started < r.N && r.Ahead > 0 && r.started >= r.delivered+r.Ahead {
		r.turn.Wait()
	}
	if r.failed != nil || r.started == r.N {
		return 0, false
	}
	job = r.started
	if r.Order != nil {
		job = r.Order[job]
	}
	r.started++
	return job, true
}

// done takes a result and delivers all whose turn it is.
func (r *run[T]) done(job int, result T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready[job] = result
	for r.failed == nil {
		next, ok := r.ready[r.delivered]
		if !ok {
			break
		}
		delete(r.ready, r.delivered)
		r.failed = r.deliver(r.delivered, next)
		r.delivered++
	}
	r.turn.Broadcast()
}
