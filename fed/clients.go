package fed

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/fedpurel/fedpurel/train/f32"
)

// heldFloats bounds the results that wait for clients before them.
var heldFloats = 1 << 26

// Map runs f for every client of the cohort, at most Workers at once, and returns the results in client order. The
// first error in client order is returned, naming round and client. f may write only what belongs to its client.
func Map[T any](r *Round, f func(*Client) (T, error)) ([]T, error) { return collect(r, r.Workers, f) }

// InOrder is Map with one client after the other, for a method whose clients hand something on.
func InOrder[T any](r *Round, f func(*Client) (T, error)) ([]T, error) { return collect(r, 1, f) }

func collect[T any](r *Round, workers int, f func(*Client) (T, error)) ([]T, error) {
	results := make([]T, len(r.Cohort))
	err := r.each(workers, func(c *Client) (err error) {
		results[c.index], err = f(c)
		return err
	}, func(*Client) {})
	return results, err
}

// Average runs f for every client of the cohort S, as Map does, and performs φ_g ← Σ_{k∈S} (n_k / Σ_{j∈S} n_j) φ_k over the
// vectors that it returns, summed in client order in float64. A vector that is returned belongs to the round. It records the
// clients' drift: the mean of ‖φ_k − φ_g‖ from the parameters they started with, and the root mean square of ‖φ_k − φ_g‖ from
// the new average, weighted like it.
func Average(r *Round, f func(*Client) ([]float32, error)) error { return r.average(r.Workers, f) }

// AverageInOrder is Average with one client after the other, for a method whose clients hand something on.
func AverageInOrder(r *Round, f func(*Client) ([]float32, error)) error { return r.average(1, f) }

func (r *Round) average(workers int, f func(*Client) ([]float32, error)) error {
	total := 0
	for _, k := range r.Cohort {
		total += len(r.Shards[k].Train)
	}
	local, sum := make([][]float32, len(r.Cohort)), make([]float64, len(r.State.Global))
	var squares float64 // Σ w_k ‖φ_k − φ_g‖²
	err := r.each(workers, func(c *Client) (err error) {
		local[c.index], err = f(c)
		return err
	}, func(c *Client) {
		phi, w := local[c.index], float64(len(r.Shards[c.ID].Train))/float64(total)
		f32.Weigh(w, phi, sum)
		drift := f32.Distance(phi, r.State.Global)
		r.observe("drift", drift, 1)
		squares += w * drift * drift
		r.recycle(phi)
		local[c.index] = nil
	})
	if err != nil {
		return err
	}
	next := make([]float32, len(sum))
	for j, v := range sum {
		next[j] = float32(v)
	}
	if !f32.Finite(next) {
		return fmt.Errorf("fed: round %d: the average is not finite; lower --lr", r.Index+1)
	}
	moved := f32.Distance(next, r.State.Global)
	r.observe("drift_new", math.Sqrt(max(0, squares-moved*moved)), 1) // Σ w ‖φ_k − φ̄‖² = Σ w ‖φ_k − φ_g‖² − ‖φ̄ − φ_g‖²
	r.floats += 2 * int64(len(next)) * int64(len(r.Cohort))           // down and up
	r.State.Global = next
	return nil
}

// each runs f for every client of the cohort, at most workers at once, and then finish, in client order and never two at once. The
// first error in client order is returned; nothing is finished from it on.
//
// The longest work starts first, so that no worker is left with it at the end. Where many vectors would have to wait for their turn to be
// finished, clients start in order instead, and only a few are ahead of the one that is next.
func (r *Round) each(workers int, f func(*Client) error, finish func(*Client)) error {
	n := len(r.Cohort)
	workers = min(workers, n)
	for len(r.desks) < workers {
		r.desks = append(r.desks, &desk{})
	}
	order, ahead := make([]int, n), n
	for i := range order {
		order[i] = i
	}
	if workers > 1 && n*len(r.State.Global) <= heldFloats {
		slices.SortStableFunc(order, func(i, j int) int { return len(r.Shards[r.Cohort[j]].Train) - len(r.Shards[r.Cohort[i]].Train) })
	} else {
		ahead = 2 * workers
	}
	var (
		mu         sync.Mutex
		turn       = sync.NewCond(&mu)
		wg         sync.WaitGroup
		next, done int
		ready      = make([]*Client, n)
		failed     error
	)
	for w := range workers {
		wg.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			for {
				for next < n && next >= done+ahead {
					turn.Wait()
				}
				if next == n {
					return
				}
				i := order[next]
				next++
				mu.Unlock()
				desk := r.desks[w]
				desk.client.Reset()
				c := &Client{ID: r.Cohort[i], Memory: &desk.client, Batch: &desk.batch, index: i, round: r, meters: map[string]*meter{}}
				c.failed = f(c)
				mu.Lock()
				ready[i] = c
				for ; done < n && ready[done] != nil; done++ {
					if failed == nil {
						failed = r.finish(ready[done], finish)
					}
					ready[done] = &Client{} // its memory can go
				}
				turn.Broadcast()
			}
		})
	}
	wg.Wait()
	return failed
}

// finish takes over what a client leaves behind.
func (r *Round) finish(c *Client, f func(*Client)) error {
	if c.failed != nil {
		return fmt.Errorf("fed: round %d, client %d: %w", r.Index+1, c.ID, c.failed)
	}
	for name, m := range c.meters {
		r.observe(name, m.sum, m.n)
	}
	for _, step := range c.trace {
		if err := r.Trace(step); err != nil {
			return fmt.Errorf("fed: round %d: trace: %w", r.Index+1, err)
		}
	}
	f(c)
	return nil
}

// vector returns a parameter vector with arbitrary contents.
func (e *Env) vector() []float32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.vectors); n > 0 {
		v := e.vectors[n-1]
		e.vectors = e.vectors[:n-1]
		return v
	}
	return make([]float32, len(e.Initial))
}

// recycle takes back a vector that nobody uses any more.
func (e *Env) recycle(v []float32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.vectors = append(e.vectors, v)
}
