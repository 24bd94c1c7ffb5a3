package learning

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
)

// Progress moves the bar with the rounds, of which done were before these, and shows what they reach.
func Progress(b *shell.Bar, done, total int) func(metric.Round) {
	return func(rec metric.Round) {
		if rec.Scores != nil {
			b.Say(reached(rec.Scores))
		}
		b.Update(done+rec.Round, total)
	}
}

// slow is how long a run may say nothing of the time that it will take.
const slow = 10 * time.Second

// Pace shows steps beside the rounds, where a round takes long, and says once, by the first of them, how long the run
// will take at least.
func Pace(b *shell.Bar, note func(string)) func(lab.Steps) {
	var mu sync.Mutex
	var begun time.Time
	var told, round int
	var said bool
	return func(s lab.Steps) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if s.Done <= 1 || begun.IsZero() {
			begun, round = now, s.Round
			return
		}
		passed := now.Sub(begun)
		if s.Round > round && !said { // the bar knows
			said = true
		}
		if passed < slow || s.Done < 4 {
			return
		}
		each := passed.Seconds() / float64(s.Done-1)
		if !said {
			said = true
			left := each * float64(s.Of) * float64(s.Rounds-s.Round)
			note(fmt.Sprintf("a step takes %.2g s, and a round has %d of them or more: %d rounds take %s at least, "+
				"without evaluations; --resume continues what is stopped",
				each, s.Of, s.Rounds-s.Round, shell.Duration(left)))
		}
		if s.Round == round && s.Within > told { // of the first rounds, and of slow ones
			told = s.Within
			b.Say(fmt.Sprintf("step %d in round %d", s.Within, s.Round+1))
			b.Update(s.Round, s.Rounds)
		}
		if s.Round != round {
			round, told = s.Round, 0
		}
	}
}

// few is the place of the few-shot classes among the groups, behind many and medium.
const few = 2

// reached is the accuracy of the global model, on all classes and on the few-shot ones, if there are any.
func reached(s *metric.Scores) string {
	text := fmt.Sprintf("global %.1f %%", 100*s.Global.Value(metric.Accuracy))
	if v := s.Global.Group(metric.GroupAccuracy, few); !math.IsNaN(v) {
		text += fmt.Sprintf(", few-shot %.1f %%", 100*v)
	}
	return text
}
