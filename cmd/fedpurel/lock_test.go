package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/train/durable"
)

// Every command that writes a folder refuses one that another process is writing to, in one line, and leaves alone what
// is there; the lock of a process that was killed is taken over.
func TestFoldersAreHeld(t *testing.T) {
	dir, lines := commandLines(t)
	for name, folder := range map[string]string{
		"demo": "demo", "sample": "sample", "models pull": "model", "featurize": "features", "cache import": "imported",
		"cache merge": "merged", "train": "run", "compare": "runs", "report": "page", "rank": "ranks",
		"export": "exported",
	} {
		path := filepath.Join(dir, folder)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		release, err := durable.Hold(path)
		if err != nil {
			t.Fatal(err)
		}
		held := func() { fails(t, dir, 1, folder+": another process is writing there", lines[name]...) }
		if withoutRuntime(t, name) {
			release()
			continue
		}
		held()
		if entries, err := os.ReadDir(path); err != nil || len(entries) != 1 {
			t.Errorf("%s wrote to a folder that was held: %v %v", name, entries, err)
		}
		release()
		if name == "demo" { // it takes minutes
			continue
		}
		put(t, dir, folder+"/"+durable.LockFile, nil) // as a process leaves it that is killed
		ok(t, dir, lines[name]...)
		if _, err := os.Stat(filepath.Join(path, durable.LockFile)); err == nil {
			t.Errorf("%s leaves its lock behind", name)
		}
	}
	if _, err := durable.Hold(filepath.Join(dir, "finished")); err != nil { // who only reads waits for nobody
		t.Fatal(err)
	}
	ok(t, dir, lines["eval"]...)
	ok(t, dir, lines["inspect"]...)
	ok(t, dir, "report", "finished", "--out", "another")
}

// Of two runs in one folder the first goes on as if it were alone.
func TestTwoRunsInOneFolder(t *testing.T) {
	dir := imported(t)
	args := append([]string{"train", "--rounds", "2000"}, quick...)
	ok(t, dir, append(args, "--out", "alone")...)
	first := exec.Command(program, append(args, "--out", "run")...)
	first.Dir = dir
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if data, _ := os.ReadFile(filepath.Join(dir, "run", "rounds.jsonl")); len(data) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for range 3 {
		fails(t, dir, 1, "run: another process is writing there", append(args, "--out", "run", "--resume")...)
	}
	fails(t, dir, 1, "another process is writing there", append(args, "--out", "run")...)
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	if read(t, dir, "run", "result.json") != read(t, dir, "alone", "result.json") {
		t.Error("the first run has another result than one that is alone")
	}
	if n := strings.Count(read(t, dir, "run", "rounds.jsonl"), "\n"); n != 2000 {
		t.Errorf("%d records of 2000 rounds", n)
	}
	for _, name := range []string{"run", "alone"} {
		if _, err := os.Stat(filepath.Join(dir, name, durable.LockFile)); err == nil {
			t.Errorf("%s keeps its lock", name)
		}
	}
}

// An import that was killed is begun again; files of the same names that nobody's import left are not touched.
func TestKilledImport(t *testing.T) {
	dir := imported(t)
	args := append([]string{"cache", "import"}, arrays(t, dir, nil)...)
	put(t, dir, "killed/.lock", nil)
	put(t, dir, "killed/text.features.npy", []byte("half"))
	put(t, dir, "killed/.train.features.npy.123.tmp", []byte("half"))
	ok(t, dir, append(args, "--out", "killed")...)
	same(t, dir, "cache", "killed")
	put(t, dir, "mine/train.features.npy", []byte("mine"))
	fails(t, dir, 2, "not empty", append(args, "--out", "mine")...)
	if read(t, dir, "mine", "train.features.npy") != "mine" {
		t.Error("a file of somebody's own is gone")
	}
}

// A comparison that fails before its first run leaves no folder behind; one that was there stays.
func TestFailedCompareLeavesNoFolder(t *testing.T) {
	dir := t.TempDir()
	compare := func() {
		fails(t, dir, 10, "manifest.json", "compare", "--methods", "fedavg", "--cache", "nowhere", "--out", "runs")
	}
	runs := filepath.Join(dir, "runs")
	compare()
	if _, err := os.Stat(runs); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := os.Mkdir(runs, 0o755); err != nil {
		t.Fatal(err)
	}
	compare()
	if entries, err := os.ReadDir(runs); err != nil || len(entries) != 0 {
		t.Errorf("the user's own folder holds %v: %v", entries, err)
	}
}
