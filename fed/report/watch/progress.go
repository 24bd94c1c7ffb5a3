package watch

import (
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// headline says how far the run in hand is, the one whose last round is the newest.
func headline(runs []*run) string {
	var newest *run
	finished := 0
	for _, r := range runs {
		if r.finished {
			finished++
		} else if len(r.rounds) > 0 && (newest == nil || r.last.After(newest.last)) {
			newest = r
		}
	}
	of := fmt.Sprintf("%d of %d runs finished", finished, len(runs))
	switch {
	case len(runs) == 0:
		return "Waiting for the first run"
	case finished == len(runs) && finished == 1:
		return "The run is finished"
	case finished == len(runs):
		return fmt.Sprintf("All %d runs are finished", finished)
	case newest == nil:
		return "Waiting for the first round · " + of
	}
	_, left := newest.pace()
	text := fmt.Sprintf("Round %d of %d · %s left", newest.done(), newest.spec.Rounds, spell(left))
	if len(runs) > 1 {
		text += " in this run · " + of
	}
	return text
}

// spell writes a span of time in its largest unit.
func spell(d time.Duration) string {
	switch {
	case d < 100*time.Second:
		return fmt.Sprintf("%.0f s", math.Ceil(d.Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	default:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
}

// bases are the names of folders, which say nothing of where on the machine they lie.
func bases(dirs []string) (all []string) {
	for _, dir := range dirs {
		if full, err := filepath.Abs(dir); err == nil {
			dir = full
		}
		all = append(all, filepath.Base(dir))
	}
	return all
}

// notices are what a reader must know beside the numbers.
func (w *Runs) notices(now time.Time, groups int) (all []document.Finding) {
	for _, r := range w.sorted() {
		if silence := r.quiet(now); silence > 0 {
			all = append(all, document.Finding{
				Strong: fmt.Sprintf("Nothing new of %s for %s.", filepath.Base(r.dir), spell(silence)),
				Rest:   " If it was interrupted, --resume continues it.",
			})
		}
	}
	if len(all) > 3 {
		all = append(all[:3], document.Finding{Strong: fmt.Sprintf("Nothing new of %d more runs.", len(all)-3)})
	}
	if groups > mostMethods {
		all = append(all, document.Finding{
			Strong: fmt.Sprintf("%d methods are not shown.", groups-mostMethods), Rest: " Watch fewer folders at once.",
		})
	}
	return all
}
