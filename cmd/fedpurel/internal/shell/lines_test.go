package shell

import (
	"strings"
	"testing"
	"time"
)

// lined is a bar that writes lines to w, at times that the test sets.
func lined(w *strings.Builder, what, unit string) (b *Bar, at func(seconds float64)) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	start := now
	b = &Bar{to: w, what: what, unit: unit, lines: &lines{now: func() time.Time { return now }}}
	return b, func(seconds float64) { now = start.Add(time.Duration(seconds * float64(time.Second))) }
}

// A tenth of the work makes a line, and half a minute does; nothing comes within two seconds.
func TestLines(t *testing.T) {
	var w strings.Builder
	b, at := lined(&w, "training", "rounds")
	const at30, said = "61 of 200 rounds (30 %)", "; global 61.2 %, few-shot 40.0 %\n"
	for _, step := range []struct {
		seconds float64
		done    int
		say     string
		want    string
	}{
		{0, 1, "", ""},
		{1.9, 50, "", ""}, // too soon
		{2, 51, "", "fedpurel: training: 51 of 200 rounds (25 %), 25 rounds/s, 6 s left\n"},
		{5, 55, "", ""}, // no tenth
		{6, 60, "global 61.2 %, few-shot 40.0 %",
			"fedpurel: training: 60 of 200 rounds (30 %), 2.2 rounds/s, 1 min 2 s left" + said},
		{7, 59, "", ""}, // out of order
		{35.9, 61, "", ""},
		{36, 61, "", "fedpurel: training: " + at30 + ", 2 rounds/min, 1 h 9 min left" + said},
		{66, 61, "", "fedpurel: training: " + at30 + said},
		{70, 200, "", "fedpurel: training: 200 of 200 rounds (100 %), 35 rounds/s" + said},
	} {
		w.Reset()
		at(step.seconds)
		if step.say != "" {
			b.Say(step.say)
		}
		b.Update(step.done, 200)
		if w.String() != step.want {
			t.Errorf("after %v s: %q, want %q", step.seconds, w.String(), step.want)
		}
	}
	b.Finish()
	at(500)
	if b.Update(200, 200); w.Len() > 100 {
		t.Error("a bar speaks after its end")
	}
}

// Work that is done within two seconds says nothing, nor does a quiet bar; bytes are told as such.
func TestLinesOfQuickWorkAndOfBytes(t *testing.T) {
	var w strings.Builder
	b, at := lined(&w, "rendering", "pictures")
	for i := range 20 {
		at(float64(i) / 11)
		b.Update(i+1, 20)
	}
	silent, at2 := lined(&w, "rendering", "pictures")
	silent.most = -1
	silent.Update(1, 10)
	at2(60)
	silent.Update(5, 10)
	if w.Len() > 0 {
		t.Errorf("%q", w.String())
	}
	bytes, at3 := lined(&w, "fetching", "")
	bytes.Bytes(0, 41e6)
	at3(4)
	bytes.Bytes(20.5e6, 41e6)
	if want := "fedpurel: fetching: 20.5 of 41.0 MB (50 %), 5.1 MB/s, 4 s left\n"; w.String() != want {
		t.Errorf("%q, want %q", w.String(), want)
	}
	w.Reset()
	empty, at4 := lined(&w, "merging", "parts")
	empty.Update(0, 0)
	at4(31)
	empty.Update(0, 0)
	if want := "fedpurel: merging: 0 of 0 parts (0 %)\n"; w.String() != want {
		t.Errorf("%q, want %q", w.String(), want)
	}
}
