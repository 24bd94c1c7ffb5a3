package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/npy"
)

// numbers imports a cache of n training and 4 test images of two classes, whose values begin with first.
func numbers(t *testing.T, dir, name string, n int, first float32, classes string) {
	t.Helper()
	const width = 64
	for split, n := range map[string]int{"train": n, "test": 4} {
		x, y, row := npy.AppendHeader(nil, "<f4", n, width), npy.AppendHeader(nil, "|u1", n), make([]float32, width)
		for i := range n {
			for j := range row {
				row[j] = first + float32((i*31+j*7)%101)
			}
			x, y = npy.AppendFloats(x, "<f4", row), append(y, byte(i%2))
		}
		put(t, dir, name+"-"+split+".npy", x)
		put(t, dir, name+"-"+split+"-y.npy", y)
	}
	text := npy.AppendHeader(nil, "<f4", 2, width)
	for _, class := range strings.Fields(classes) {
		row := make([]float32, width)
		for j := range row {
			row[j] = float32(1 + (int(class[0])*(j+1))%13)
		}
		text = npy.AppendFloats(text, "<f4", row)
	}
	put(t, dir, name+"-text.npy", text)
	put(t, dir, name+"-names.txt", []byte(strings.Join(strings.Fields(classes), "\n")))
	args := []string{"cache", "import", "--out", name, "--text-features", name + "-text.npy",
		"--classes", name + "-names.txt"}
	for _, split := range []string{"train", "test"} {
		file := name + "-" + split
		args = append(args, "--"+split+"-features", file+".npy", "--"+split+"-labels", file+"-y.npy")
	}
	ok(t, dir, args...)
}

func TestCacheMergeSites(t *testing.T) {
	dir := t.TempDir()
	numbers(t, dir, "berlin", 6, 1, "fox owl")
	numbers(t, dir, "rom/cache", 4, 2, "owl elk")
	out := ok(t, dir, "cache", "merge", "--sites", "Rome=rom/cache", "berlin", "--out", "all")
	for _, want := range []string{"3 classes", "train 10 images", "test  8 images",
		"site Rome: 4 training and 4 test images", "site berlin: 6 training and 4 test"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	want := strings.Repeat("Rome\n", 4) + strings.Repeat("berlin\n", 4)
	if got := read(t, dir, "all", "test.clients.txt"); got != want {
		t.Errorf("clients:\n%s", got)
	}
	ok(t, dir, "inspect", "all", "--verify")
	_, notes, _ := fedpurel(t, dir, "cache", "merge", "--out", "again", "--sites", "./berlin/", "Rome=rom/cache")
	same(t, dir, "all", "again")
	if !strings.Contains(notes, "note: the sites have 3 classes together") {
		t.Errorf("notes: %s", notes)
	}
	if out := ok(t, dir, "cache", "merge", "--sites", "Rome=rom/cache", "berlin", "--out", "all"); !strings.Contains(
		out, "complete already") {
		t.Errorf("a second time: %s", out)
	}
	var printed struct{ Manifest cache.Manifest }
	out = ok(t, dir, "cache", "merge", "--sites", "a=berlin", "b=rom/cache", "--out", "c", "--json")
	if err := json.Unmarshal([]byte(out), &printed); err != nil || printed.Manifest.Sites[1].Rows["train"] != 4 {
		t.Errorf("%v in %s", err, out)
	}

	put(t, dir, "x=y/keep", nil) // a folder of such a name is meant as it is
	fails(t, dir, 10, "x=y holds no manifest", "cache", "merge", "--sites", "berlin", "x=y", "--out", "o")
	fails(t, dir, 10, "a/b=berlin", "cache", "merge", "--sites", "berlin", "a/b=berlin", "--out", "o")
	fails(t, dir, 2, "two sites", "cache", "merge", "--sites", "berlin", "--out", "o")
	fails(t, dir, 2, "twice", "cache", "merge", "--sites", "berlin", "b=berlin", "--out", "o")
	fails(t, dir, 2, "NAME=rom/cache", "cache", "merge", "--sites", "cache=berlin", "rom/cache", "--out", "o")
	fails(t, dir, 2, "finished cache", "cache", "merge", "--sites", "berlin", "b=rom/cache", "--out", "berlin")
	fails(t, dir, 2, "--sites", "cache", "merge", "berlin", "rom/cache", "--out", "o")
	numbers(t, dir, "far", 4, 3, "ibis gnu")
	fails(t, dir, 2, "share no class", "cache", "merge", "--sites", "berlin", "far", "--out", "o")
	if _, err := os.Stat(filepath.Join(dir, "o")); err == nil {
		t.Error("a refused merge leaves a folder behind")
	}
}

// A merge of sites that is killed at some moment leaves nothing that opens, and is done again as it stands.
func TestKilledMergeOfSites(t *testing.T) {
	dir := t.TempDir()
	numbers(t, dir, "a", 40000, 1, "fox owl")
	numbers(t, dir, "b", 40000, 2, "owl elk")
	args := []string{"cache", "merge", "--sites", "a", "b", "--out"}
	ok(t, dir, append(args, "whole")...)
	kills := 0
	for i := range 6 {
		out := fmt.Sprint("killed", i)
		cmd := exec.Command(program, append(args, out)...)
		cmd.Dir = dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 200 { // until it begins to write
			if left, _ := filepath.Glob(filepath.Join(dir, out, ".*.tmp")); len(left) > 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(i) * 10 * time.Millisecond)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			kills++
			fails(t, dir, 10, cache.ManifestFile, "inspect", out)
		}
		ok(t, dir, append(args, out)...)
		same(t, dir, "whole", out)
	}
	if kills == 0 {
		t.Error("every merge ended before it could be killed")
	}
}

// A cache is cut into those of its clients, by options or by a partition, and a run on a site's cache is a run.
func TestCacheCut(t *testing.T) {
	dir := t.TempDir()
	numbers(t, dir, "cache", 12, 1, "fox owl")
	cut := []string{"cache", "cut", "--cache", "cache", "--clients", "2", "--partition", "iid", "--out", "sites"}
	out := ok(t, dir, append(cut, "--rest", "rest")...)
	for _, want := range []string{"site-1: 6 training", "site-2: 6 training", "rest: 0 training and 0 test images"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	ok(t, dir, "inspect", filepath.Join("sites", "site-1"), "--verify")
	if out := ok(t, dir, cut...); strings.Count(out, "complete already") != 2 {
		t.Errorf("a second time: %s", out)
	}
	ok(t, dir, "cache", "cut", "--cache", "cache", "--partition-file", "sites/partition.json", "--names", "a,b",
		"--out", "named")
	same(t, dir, "sites/site-2", "named/b")
	ok(t, dir, "train", "--cache", "named/a", "--clients", "1", "--rounds", "1", "--out", "run")
	_, errs, code := fedpurel(t, dir, "cache", "cut", "--cache", "cache", "--clients", "2", "--out", "sites")
	if code != 2 || !strings.Contains(errs, "already holds a finished cache") {
		t.Errorf("another cut into the same folder: %d, %s", code, errs)
	}
}
