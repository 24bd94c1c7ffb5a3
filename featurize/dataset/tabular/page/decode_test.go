package page

import (
	"slices"
	"testing"
)

// TestHybrid decodes runs and packed numbers as the format's description has them.
func TestHybrid(t *testing.T) {
	for what, c := range map[string]struct {
		src   []byte
		width int
		want  []uint32 // nil: an error
	}{
		"packed":           {[]byte{0x03, 0x88, 0xc6, 0xfa}, 3, []uint32{0, 1, 2, 3, 4, 5, 6, 7}},
		"run, then packed": {[]byte{0x06, 0x02, 0x03, 0x88, 0xc6, 0xfa}, 3, []uint32{2, 2, 2, 0, 1, 2, 3, 4, 5}},
		"wide run":         {[]byte{0x04, 0x39, 0x30}, 16, []uint32{12345, 12345}},
		"filled up":        {[]byte{0x11, 0x01, 0, 0, 0, 0, 0, 0, 0}, 1, []uint32{1, 0, 0}},
		"endless run":      {[]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 7}, 3, []uint32{7, 7}},
		"cut short":        {[]byte{0x03, 0x88}, 3, nil},
		"too few":          {[]byte{0x04, 0x01}, 1, nil},
		"empty runs":       {[]byte{0x00, 0x01, 0x01, 0x00, 0x00}, 1, nil},
		"too wide":         {[]byte{0x04, 1, 1, 1, 1, 1}, 33, nil},
		"no bits":          {[]byte{0x06}, 0, []uint32{0, 0, 0}},
	} {
		got := make([]uint32, max(len(c.want), 0))
		if c.want == nil {
			got = make([]uint32, 3)
		}
		if err := hybrid(got, c.src, c.width); (err == nil) != (c.want != nil) ||
			c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
}

// TestDeltas decodes the example of the format's description.
func TestDeltas(t *testing.T) {
	// 7, 5, 3, 1, 2, 3, 4, 5: differences −2 −2 −2 1 1 1 1, less the smallest 0 0 0 3 3 3 3
	src := append([]byte{0x80, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0xc0, 0x3f}, make([]byte, 6)...)
	if got, rest, err := deltas(append(src, 'x'), 8, true); err != nil || string(rest) != "x" ||
		!slices.Equal(got, []int64{7, 5, 3, 1, 2, 3, 4, 5}) {
		t.Errorf("%v, %q, %v", got, rest, err)
	}
	if got, _, err := deltas(src[:12], 8, true); err != nil || len(got) != 8 {
		t.Errorf("without the block's end: %v, %v", got, err)
	}
	for n := range 12 {
		if got, _, err := deltas(src[:n], 8, true); err == nil {
			t.Errorf("from %d bytes: %v", n, got)
		}
	}
	for _, n := range []int{1, 7, 9, 1 << 22} {
		if got, _, err := deltas(src, n, true); err == nil {
			t.Errorf("%d numbers for %d", len(got), n)
		}
	}
}
