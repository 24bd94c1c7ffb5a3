package main

import (
	"os"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress with rate and remaining time on a terminal and nothing elsewhere. It may be fed from several
// goroutines; done counts may arrive out of order.
type bar struct {
	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	what string
	unit string
	most int
}

// newBar returns a bar that appears with its first update. quiet silences it even on a terminal.
func newBar(what, unit string, quiet bool) *bar {
	b := &bar{what: what, unit: unit}
	if quiet || !term.IsTerminal(int(os.Stderr.Fd())) {
		b.most = -1
	}
	return b
}

// newByteBar returns a bar that counts bytes.
func newByteBar(what string, quiet bool) *bar { return newBar(what, "", quiet) }

// bytes moves a bar that counts bytes.
func (b *bar) bytes(done, total int64) { b.update(int(done), int(total)) }

// update moves the bar to done of total.
func (b *bar) update(done, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.most < 0 || done < b.most {
		return
	}
	if b.bar == nil {
		options := []progressbar.Option{
			progressbar.OptionSetWriter(os.Stderr),
			progressbar.OptionSetDescription(b.what),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100e6),
			progressbar.OptionSetWidth(24),
			progressbar.OptionClearOnFinish(),
		}
		if b.unit == "" {
			options = append(options, progressbar.OptionShowBytes(true))
		} else {
			options = append(options, progressbar.OptionShowIts(), progressbar.OptionSetItsString(b.unit))
		}
		b.bar = progressbar.NewOptions(total, options...)
	}
	if total != b.bar.GetMax() {
		b.bar.ChangeMax(total)
	}
	b.most = done
	_ = b.bar.Set(done) // a terminal that cannot be written to is no reason to stop
}

// finish removes the bar.
func (b *bar) finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Finish()
	}
	b.most = -1
}
