package learning

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
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
