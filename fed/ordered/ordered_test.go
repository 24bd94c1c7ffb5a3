package ordered_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fedpurel/fedpurel/fed/ordered"
)

func reversed(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = n - 1 - i
	}
	return order
}

// Results arrive in order and one at a time, whatever the number of workers and the order of the work.
func TestResultsArriveInOrder(t *testing.T) {
	const n = 200
	for _, j := range []ordered.Jobs{
		{N: n}, {N: n, Workers: 1, Ahead: 1}, {N: n, Workers: 8}, {N: n, Workers: 8, Ahead: 3},
		{N: n, Workers: 5, Order: reversed(n)}, {N: 2, Workers: 8}, {N: 0, Workers: 3},
	} {
		var got []int
		var running, most atomic.Int64
		var busy sync.Map
		err := ordered.Run(j, func(worker, job int) int {
			if _, taken := busy.LoadOrStore(worker, true); taken || worker >= max(j.Workers, 1) {
				t.Errorf("worker %d works on two jobs", worker)
			}
			now := running.Add(1)
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			running.Add(-1)
			busy.Delete(worker)
			return 3 * job
		}, func(job, result int) error {
			if result != 3*job {
				t.Errorf("job %d gave %d", job, result)
			}
			got = append(got, job)
			return nil
		})
		if err != nil || len(got) != j.N || !slices.IsSorted(got) || most.Load() > int64(max(j.Workers, 1)) {
			t.Errorf("%+v: %d results, %d at once, %v", j, len(got), most.Load(), err)
		}
	}
}

// At most Ahead jobs are started and not delivered.
func TestAhead(t *testing.T) {
	var started, delivered atomic.Int64
	err := ordered.Run(ordered.Jobs{N: 100, Workers: 4, Ahead: 6}, func(int, int) int {
		if n := started.Add(1) - delivered.Load(); n > 6+1 { // the job that is being delivered may not be counted yet
			t.Errorf("%d jobs are ahead", n)
		}
		return 0
	}, func(int, int) error { delivered.Add(1); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

// The first error in the order of the jobs is returned, and nothing is delivered or started after it.
func TestFirstErrorEnds(t *testing.T) {
	broken := errors.New("broken")
	for _, workers := range []int{1, 4} {
		last := -1
		var started atomic.Int64
		err := ordered.Run(ordered.Jobs{N: 1000, Workers: workers}, func(_, job int) int { started.Add(1); return job },
			func(job, _ int) error {
				last = job
				if job >= 5 {
					return broken
				}
				return nil
			})
		if !errors.Is(err, broken) || last != 5 || workers == 1 && started.Load() != 6 {
			t.Errorf("%d workers: %v after job %d, %d started", workers, err, last, started.Load())
		}
	}
}
