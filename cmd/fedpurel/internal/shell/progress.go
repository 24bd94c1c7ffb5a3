package shell

import (
	"os"
	"sync"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar shows progress with rate and remaining time on a terminal and nothing elsewhere. It may be fed from several
// goroutines; done counts may arrive out of order.
type Bar struct {
	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	what string
	unit string
	most int
}

// NewBar returns a bar that appears with its first update. quiet silences it even on a terminal.
func NewBar(what, unit string, quiet bool) *Bar {
	b := &Bar{what: what, unit: unit}
	if quiet || !term.IsTerminal(int(os.Stderr.Fd())) {
		b.most = -1
	}
	return b
}

// NewByteBar returns a bar that counts bytes.
func NewByteBar(what string, quiet bool) *Bar { return NewBar(what, "", quiet) }

// Bytes moves a bar that counts bytes.
func (b *Bar) Bytes(done, total int64) { b.Update(int(done), int(total)) }

// Update moves the bar to done of total.
func (b *Bar) Update(done, total int) {
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

// Finish removes the bar.
func (b *Bar) Finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Finish()
	}
	b.most = -1
}
