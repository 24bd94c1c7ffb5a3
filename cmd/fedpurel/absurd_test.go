package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/urfave/cli/v2"
)

// Every number that a flag takes is refused where it is absurd, by its name, and before anything is written.
func TestAbsurdNumbers(t *testing.T) {
	dir := t.TempDir()
	asked := 0
	var each func(path []string, commands []*cli.Command)
	each = func(path []string, commands []*cli.Command) {
		for _, c := range commands {
			path := append(path[:len(path):len(path)], c.Name)
			each(path, c.Subcommands)
			for _, f := range c.Flags {
				var absurd []string
				switch f.(type) {
				case *cli.IntFlag:
					absurd = []string{"9223372036854775807", "-9223372036854775807"}
				case *cli.Float64Flag:
					absurd = []string{"NaN", "+Inf", "1e300"}
				}
				for _, value := range absurd {
					asked++
					name := "--" + f.Names()[0]
					fails(t, dir, 2, name+": ", append(path[:len(path):len(path)], name, value)...)
				}
			}
		}
	}
	each(nil, application().Commands)
	if asked < 300 {
		t.Errorf("%d numbers asked for: are there so few flags?", asked)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v written, %v", left, err)
	}
}

// What a setting of a spec file says is bounded like a flag, counts by what they mean.
func TestAbsurdSettings(t *testing.T) {
	dir := imported(t)
	for setting, say := range map[string]string{
		`{"module": "lora", "rank": 2000000000}`:                "rank 2000000000 must be from 1 to 16384",
		`{"module": "text-lora", "rank": 16385}`:                "rank 16385 must be from 1 to 16384",
		`{"module": "residual", "hidden": 2000000000}`:          "hidden width 2000000000 must be from 1 to 16384",
		`{"rounds": 9223372036854775807, "personal_rounds": 5}`: "--rounds: 9223372036854775807 is not a whole number",
		`{"personal_rounds": 9223372036854775807}`:              "--personal-rounds: 9223372036854775807 is not",
		`{"lr": 1e300}`: "--lr: 1e300 is not a finite number",
	} {
		put(t, dir, "spec.json", []byte(setting))
		fails(t, dir, 2, say, "train", "--cache", "cache", "--out", "run", "--spec", "spec.json")
	}
	for _, workers := range []string{"-1", "2000000000"} {
		fails(t, dir, 2, "--workers: "+workers+" is not from 0, one a core, to 4096",
			"train", "--cache", "cache", "--out", "run", "--workers", workers)
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
		t.Error("a run folder was made")
	}
	// A batch that is larger than any client's data is all of it.
	args := func(batch, out string) []string {
		return append([]string{"train", "--rounds", "2", "--batch", batch, "--out", out}, quick...)
	}
	ok(t, dir, args("2000000000", "large")...)
	ok(t, dir, args("100000", "larger")...)
	scores := func(out string) (of struct{ Last json.RawMessage }) {
		if err := json.Unmarshal([]byte(read(t, dir, out, "result.json")), &of); err != nil || len(of.Last) < 10 {
			t.Fatalf("%s: %v, %s", out, err, of.Last)
		}
		return of
	}
	if a, b := scores("large"), scores("larger"); string(a.Last) != string(b.Last) {
		t.Errorf("%s, with a larger batch %s", a.Last, b.Last)
	}
}
