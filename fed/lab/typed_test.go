package lab_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/fed/lab"
)

func TestTyped(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"/home/ann/bin/fedpurel", "train", "--cache", "/home/ann/work/cache", "--out=/tmp/run"},
			"fedpurel train --cache cache --out=run"},
		{[]string{"fedpurel", "train", "--label", "it's mine", "--lr=1e-3", "--out", "runs/a", ""},
			`fedpurel train --label 'it'\''s mine' --lr=1e-3 --out runs/a ''`},
		{[]string{"fedpurel", "report", "/home/ann/a,/home/ann/b", "file:///home/ann/s.json", "../../ann/x", "~ann/x",
			`C:\Users\ann\x`, "runs/a", "--vary", "cache=/home/ann/c,d", "a\nb", "/"},
			"fedpurel report a,b s.json x x x runs/a --vary cache=c,d 'a b' ''"},
	} {
		if got := lab.Typed(c.args); got != c.want {
			t.Errorf("%q is shown as %s, want %s", c.args, got, c.want)
		}
	}
}
