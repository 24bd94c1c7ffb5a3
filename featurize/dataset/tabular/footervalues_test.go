package tabular

import "testing"

// TestFooterValues passes over every type of value, in fields and in a list.
func TestFooterValues(t *testing.T) {
	good := []byte{
		0x11, 0x12, 0x13, 1, 0x14, 2, 0x16, 3, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 1, 'a', 0x1b, 1, 0x85, 1, 'k', 4,
		0x1b, 0, 0x0c, 0x80, 1, 0, 0x29, 0x21, 1, 2, 0x1a, 0x15, 1, 0,
	}
	f := footer{rest: append(good, "rest"...)}
	if f.value(thriftStruct, 0); f.bad || string(f.rest) != "rest" {
		t.Errorf("bad is %v, and %q is left", f.bad, f.rest)
	}
}
