package fed_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/fedtest"
)

// Where stages take long, a run that stops inside a round does not do again what its clients had done: replies are in
// the folder. One that is damaged is asked for again. Either way the result is that of a run that was never stopped.
func TestStoppedInsideLongRound(t *testing.T) {
	defer fed.Lasting()()
	p := fedtest.New(t, 5)
	m := p.Module(t, "lora")
	want := fedtest.MustRun(t, p.Home(m), resumable(t))
	for _, damage := range []bool{false, true} {
		var asked, stopAt atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		plan := resumable(t)
		inner := plan.Method
		stages := fed.Stages{}
		for name, stage := range inner.Stages() {
			stages[name] = func(c *fed.Client, q fed.Message) fed.Message {
				if n := asked.Add(1); stopAt.Load() > 0 && n > stopAt.Load() {
					cancel()
					c.Fail(context.Canceled)
					return nil
				}
				return stage(c, q)
			}
		}
		plan.Dir, plan.Workers = t.TempDir(), 1
		plan.Method = made{stages: stages, round: inner.Round}
		stopAt.Store(14) // a round asks 3 clients for 2 stages
		if _, err := fedtest.Run(ctx, p.Home(m), plan); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		if n := checkpointRound(t, plan.Dir); n != 2 {
			t.Fatalf("the checkpoint is of round %d", n)
		}
		replies, err := filepath.Glob(filepath.Join(plan.Dir, fed.RepliesDir, "*"))
		if err != nil || len(replies) != 2 {
			t.Fatalf("replies %v, %v", replies, err)
		}
		again := 2
		if damage {
			again = 1
			if err := os.Truncate(replies[0], 40); err != nil {
				t.Fatal(err)
			}
		}
		asked.Store(0)
		stopAt.Store(0)
		plan.Resume = true
		fedtest.Identical(t, fedtest.MustRun(t, p.Home(m), plan), want)
		if all := rounds*6 - 12 - again; int(asked.Load()) != all {
			t.Errorf("damaged %v: %d stages after the stop, want %d", damage, asked.Load(), all)
		}
		if _, err := os.Stat(filepath.Join(plan.Dir, fed.RepliesDir)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("replies stay: %v", err)
		}
	}
}
