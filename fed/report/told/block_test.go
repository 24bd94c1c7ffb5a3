package told

import "testing"

// No folder of the user's machine is told.
func TestCommand(t *testing.T) {
	for text, want := range map[string]string{
		"fedpurel train --cache /home/jo/c1 --out=/tmp/x/runs": "fedpurel train --cache c1 --out=runs",
		"/usr/bin/fedpurel eval --cache '/home/jo doe/c 1'":    "fedpurel eval --cache 'c 1'",
		`fedpurel train --cache C:\data\c --out "~/a/b"`:       `fedpurel train --cache c --out "b"`,
		"fedpurel compare --cache cache --out runs/a":          "fedpurel compare --cache cache --out runs/a",
		"a /x/y /x/z /x/": "a y z ",
	} {
		if got := Command(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
