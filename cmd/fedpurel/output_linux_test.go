package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// full runs the program with one of its outputs on a device that has no room.
func full(t *testing.T, dir string, stdout bool, args ...string) (other string, code int) {
	t.Helper()
	device, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer device.Close()
	cmd := exec.Command(program, args...)
	var rest bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &rest, device, append(os.Environ(), library(t)...)
	if stdout {
		cmd.Stdout, cmd.Stderr = device, &rest
	}
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return rest.String(), cmd.ProcessState.ExitCode()
}

// No command ends well whose output is lost: it says so in one line, and what it made is there.
func TestLostOutput(t *testing.T) {
	dir, lines := commandLines(t)
	for _, name := range commandNames() {
		args := lines[strings.Join(name, " ")]
		if args == nil {
			t.Errorf("no line for the command %v", name)
			continue
		}
		check := func(args ...string) {
			t.Helper()
			say, code := full(t, dir, true, args...)
			if code != 1 || !strings.Contains(say, "write standard output: no space left on device") ||
				strings.Count(say, "fedpurel: write") != 1 {
				t.Errorf("fedpurel %s: exit %d: %s", strings.Join(args, " "), code, say)
			}
		}
		check(append(name, "--help")...)
		if !withoutRuntime(t, strings.Join(name, " ")) {
			check(args...)
		}
	}
	for _, made := range []string{"run/result.json", "features/manifest.json", "page/report.html", "division.json"} {
		if _, err := os.Stat(dir + "/" + made); err != nil && len(library(t)) > 0 {
			t.Error(err)
		}
	}
	if say, code := full(t, dir, true, "--version"); code != 1 {
		t.Errorf("--version: exit %d: %s", code, say)
	}
	if say, code := full(t, dir, true, "inspect", "finished", "--json"); code != 1 {
		t.Errorf("--json: exit %d: %s", code, say)
	}
}

// A warning that is lost is a failure too, and so is a profile; without a word to say, a full device does no harm.
func TestLostWarning(t *testing.T) {
	dir := imported(t)
	train := append([]string{"train", "--rounds", "2"}, quick...)
	if say, code := full(t, dir, false, append(train, "--out", "runs/a", "--quiet")...); code != 0 || say == "" {
		t.Errorf("nothing to warn of: exit %d: %s", code, say)
	}
	if say, code := full(t, dir, false, append(train, "--out", "noted")...); code != 1 {
		t.Errorf("a lost note: exit %d: %s", code, say)
	}
	put(t, dir, "runs/b/spec.json", []byte("{}")) // unfinished
	if say, code := full(t, dir, false, "report", "runs", "--out", "page"); code != 1 {
		t.Errorf("a lost warning: exit %d: %s", code, say)
	}
	if say, code := full(t, dir, false, "inspect", "nowhere"); code != 10 {
		t.Errorf("a lost error: exit %d: %s", code, say)
	}
	fails(t, dir, 1, "write the profile /dev/full", "--cpuprofile", "/dev/full", "models", "list")
}
