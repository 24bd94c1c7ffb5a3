package shell

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Bar shows how far some work is: as a bar on a terminal, elsewhere as a line now and then. It may be fed from several
// goroutines; done counts may arrive out of order.
type Bar struct {
	mu    sync.Mutex
	to    io.Writer
	what  string
	unit  string // of the counts; empty for bytes
	most  int    // done so far, or −1 if nothing is shown
	said  string // what Say gave
	bar   *progressbar.ProgressBar
	lines *lines // instead of a bar, where there is no terminal
}

// NewBar returns a bar that appears with its first update. quiet silences it.
func NewBar(what, unit string, quiet bool) *Bar {
	b := &Bar{to: os.Stderr, what: what, unit: unit}
	if quiet {
		b.most = -1
	}
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		b.lines = &lines{now: time.Now}
	}
	return b
}

// NewByteBar returns a bar that counts bytes.
func NewByteBar(what string, quiet bool) *Bar { return NewBar(what, "", quiet) }

// Bytes moves a bar that counts bytes.
func (b *Bar) Bytes(done, total int64) { b.Update(int(done), int(total)) }

// Say has words stand beside the counts from the next update on, such as what the work has reached.
func (b *Bar) Say(words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = words
}

// Update moves the bar to done of total.
func (b *Bar) Update(done, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.most < 0 || done < b.most {
		return
	}
	b.most = done
	if b.lines != nil {
		if line := b.lines.update(b, done, total); line != "" {
			_, _ = io.WriteString(b.to, line) // a stream that cannot be written to is no reason to stop
		}
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions(total, b.options()...)
	}
	if total != b.bar.GetMax() {
		b.bar.ChangeMax(total)
	}
	description := b.what
	if b.said != "" {
		description += ", " + b.said
	}
	b.bar.Describe(description)
	_ = b.bar.Set(done) // nor is a terminal
}

func (b *Bar) options() []progressbar.Option {
	options := []progressbar.Option{
		progressbar.OptionSetWriter(b.to),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100e6),
		progressbar.OptionSetWidth(16),
		progressbar.OptionClearOnFinish(),
	}
	if b.unit == "" {
		return append(options, progressbar.OptionShowBytes(true))
	}
	return append(options, progressbar.OptionShowIts(), progressbar.OptionSetItsString(b.unit))
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
