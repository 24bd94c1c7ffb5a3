package shell

import (
	"fmt"
	"math"
	"time"
)

// lines decides when progress is told in a file or a pipe: at every tenth of the work, or after half a minute without a
// word, but not at once, so that quick work says nothing.
type lines struct {
	now  func() time.Time
	told bool // of the first update, at least
	at   time.Time
	done int
}

const (
	soonest = 2 * time.Second
	latest  = 30 * time.Second
)

// update is the line to print now, or empty.
func (l *lines) update(b *Bar, done, total int) string {
	now := l.now()
	if !l.told {
		*l = lines{l.now, true, now, done}
		return ""
	}
	since := now.Sub(l.at)
	tenth := func(n int) int { return 10 * n / max(total, 1) }
	if since < soonest || tenth(done) == tenth(l.done) && since < latest {
		return ""
	}
	rate := float64(done-l.done) / since.Seconds()
	l.at, l.done = now, done
	line := fmt.Sprintf("fedpurel: %s: %s (%.0f %%)", b.what, b.counts(done, total), percent(done, total))
	if rate > 0 {
		line += ", " + b.rate(rate)
		if done < total {
			left := float64(total-done) / rate
			line += ", " + Duration(left) + " left"
		}
	}
	if b.said != "" {
		line += "; " + b.said
	}
	return line + "\n"
}

// percent rounds down, so that only the end is 100.
func percent(done, total int) float64 {
	return math.Floor(100 * float64(done) / float64(max(total, 1)))
}

// counts is "40 of 100 rounds", or "4.0 of 10.2 MB".
func (b *Bar) counts(done, total int) string {
	if b.unit == "" {
		return fmt.Sprintf("%.1f of %.1f MB", float64(done)/1e6, float64(total)/1e6)
	}
	return fmt.Sprintf("%d of %d %s", done, total, b.unit)
}

func (b *Bar) rate(perSecond float64) string {
	switch {
	case b.unit == "":
		return fmt.Sprintf("%.1f MB/s", perSecond/1e6)
	case perSecond < 0.1:
		return fmt.Sprintf("%.2g %s/min", 60*perSecond, b.unit)
	case perSecond < 100:
		return fmt.Sprintf("%.2g %s/s", perSecond, b.unit)
	}
	return fmt.Sprintf("%.0f %s/s", perSecond, b.unit)
}

// Duration is a number of seconds in words, as "3 min 10 s".
func Duration(seconds float64) string {
	return duration(time.Duration(min(seconds, math.MaxInt32) * float64(time.Second)))
}

// duration is "19 s", "3 min 10 s" or "2 h 5 min".
func duration(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
}
