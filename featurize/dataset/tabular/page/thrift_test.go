package page

import (
	"fmt"
	"testing"
)

// TestWalk passes over every type of value, in fields and in a list.
func TestWalk(t *testing.T) {
	good := []byte{
		0x11, 0x12, 0x13, 1, 0x14, 2, 0x16, 3, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 1, 'a', 0x1b, 1, 0x85, 1, 'k', 4,
		0x1b, 0, 0x0c, 0x80, 1, 0, 0x29, 0x21, 1, 2, 0x1a, 0x15, 1, 0,
	}
	heard := ""
	hear := func(path []int, v int64) { heard += fmt.Sprint(path, v, " ") }
	w := Walk{Rest: append(good, "rest"...), Most: 100, Visit: hear}
	if w.Struct(); w.Bad || string(w.Rest) != "rest" {
		t.Errorf("bad is %v, and %q is left", w.Bad, w.Rest)
	}
	if want := "[1] 1 [2] 0 [4] 1 [5] -2 "; heard[:len(want)] != want {
		t.Errorf("it tells %q, not %q", heard, want)
	}
}
