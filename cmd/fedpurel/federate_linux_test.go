package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/npy"
)

// A federation over processes on this machine finds what the simulation finds; asked again it uses what is there; and a
// report shows both.
func TestFederate(t *testing.T) {
	dir := imported(t)
	line := []string{
		"federate", "--cache", "cache", "--sites", "3", "--partition", "iid", "--rounds", "6", "--flower", "none",
		"--out", "fed",
	}
	for range 2 {
		if out := ok(t, dir, line...); !strings.Contains(out, "equal: every number of the federation over 3 sites") {
			t.Error(out)
		}
	}
	out := ok(t, dir, "report", "fed/runs", "--out", "page")
	if !strings.Contains(out, "federated") || !strings.Contains(out, "simulation") {
		t.Error(out)
	}
	states, err := filepath.Glob(filepath.Join(dir, "fed/states/site-2/*"))
	if err != nil || len(states) != 1 {
		t.Fatal(states, err)
	}
	predicted := ok(t, dir, "predict", states[0], "--client", "site-2", "--features", "cache/test.features.npy")
	if strings.Count(predicted, "\n") < 3 {
		t.Error(predicted)
	}
}

// A site and a hub that are killed, again and again, end in the simulation's numbers.
func TestKilledFederation(t *testing.T) {
	dir := imported(t)
	line := func(out string) []string {
		return []string{
			"federate", "--cache", "cache", "--sites", "3", "--partition", "iid", "--rounds", "8", "--flower", "none",
			"--out", out,
		}
	}
	ok(t, dir, line("fed")...)
	runs, kills := 0, 0
	for wait := 150 * time.Millisecond; ; wait += 20 * time.Millisecond {
		runs++
		cmd := exec.Command(program, line("killed")...)
		cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(wait, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		err := cmd.Wait()
		timer.Stop()
		if err == nil {
			break
		}
		if kills++; runs > 60 {
			t.Fatal("it does not come to an end")
		}
	}
	if kills == 0 {
		t.Error("it ended before it could be killed")
	}
	for _, name := range []string{"fed", "killed"} {
		if _, err := os.Stat(filepath.Join(dir, name, "runs", "federated", "result.json")); err != nil {
			t.Error(err)
		}
	}
	t.Logf("killed %d times", kills)
}

// Sites on machines of other kinds sum in another order: what is learned then differs by roundings alone.
func TestMixedKernels(t *testing.T) {
	dir := imported(t)
	learn := []string{"--rounds", "4", "--fraction", "1", "--lr", "0.01"}
	ok(t, dir, append([]string{
		"federate", "--cache", "cache", "--sites", "2", "--partition", "iid", "--flower", "none", "--out", "fed",
	}, learn...)...)
	for name, kernels := range map[string]string{"site-1": "avx2", "site-2": "plain"} {
		x := exec.Command(program, "site", "--name", name, "--cache", "fed/sites/"+name,
			"--state", "own-"+name, "--socket", name+".sock", "--share", "hits")
		x.Dir, x.Env = dir, append(os.Environ(), "FEDPUREL_KERNELS="+kernels)
		if err := x.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = x.Process.Kill()
			_ = x.Wait()
		})
	}
	ok(t, dir, append([]string{
		"hub", "--identity", "fed/identity", "--sites", "site-1=site-1.sock,site-2=site-2.sock", "--out", "mixed",
	}, learn...)...)
	var phi [2][]float32
	for i, run := range []string{"mixed", "fed/runs/simulation"} {
		a, err := npy.Open(filepath.Join(dir, run, "checkpoint", "round-000004.shared-phi.npy"))
		if err != nil {
			t.Fatal(err)
		}
		if phi[i], err = a.Float32s(); err != nil {
			t.Fatal(err)
		}
		_ = a.Close()
	}
	if len(phi[0]) != len(phi[1]) {
		t.Fatalf("%d and %d parameters", len(phi[0]), len(phi[1]))
	}
	far := f32.Distance(phi[0], phi[1]) / f32.Norm(phi[1])
	t.Logf("parameters differ by %.2g of their norm", far)
	if far > 1e-5 || far == 0 && f32.Kernels() != "plain" {
		t.Errorf("parameters differ by %g of their norm", far)
	}
}

// What cannot work is refused in a line, with the right exit code.
func TestRefusedFederations(t *testing.T) {
	dir := imported(t)
	ok(t, dir, "cache", "identity", "--cache", "cache", "--out", "shared")
	hub := []string{"hub", "--identity", "shared", "--out", "run", "--join", "200ms"}
	put(t, dir, "two.txt", []byte("3\n4\n"))
	put(t, dir, "labelled.json", []byte(`{"label": "mine"}`))
	for want, c := range map[string]struct {
		code int
		args []string
	}{
		"--sites names":                      {2, append(hub, "--sites", "a,a", "--socket", "s")},
		"every site as NAME=SOCKET, or none": {2, append(hub, "--sites", "a=x,b")},
		"--min-sites 3":                      {2, append(hub, "--sites", "a=x,b=y", "--min-sites", "3")},
		"site \"a\" is not there":            {1, append(hub, "--sites", "a=nowhere.sock")},
		"does not run over machines":         {2, append(hub, "--sites", "a=x", "--method", "local")},
		"holds no identity": {10, []string{"hub", "--identity", "gone", "--sites", "a=x", "--out",
			"run"}},
		"by --socket PATH or by --superlink": {2, []string{"site", "--cache", "cache", "--name", "a", "--state", "s"}},
		"unknown level of sharing": {2, []string{
			"site", "--cache", "cache", "--name", "a", "--state", "s", "--socket", "x", "--share", "all",
		}},
		"--allow-methods: unknown method": {2, []string{
			"site", "--cache", "cache", "--name", "a", "--state", "s", "--socket", "x", "--allow-methods", "fedagv",
		}},
		"has no program flower-superlink": {10, []string{"federate", "--cache", "cache", "--out", "f", "--flower",
			dir}},
		"has 2 numbers for": {11, append(hub, "--sites", "a=x", "--class-counts", "two.txt")},
		"--share is of a site that answers": {2, []string{
			"site", "--cache", "cache", "--check", "shared", "--share", "none",
		}},
		"--key is of --superlink": {2, []string{
			"site", "--cache", "cache", "--name", "a", "--state", "s", "--socket", "x", "--key", "k",
		}},
		"clients, unseen and label are not read": {2, []string{
			"federate", "--cache", "cache", "--out", "f", "--flower", "none", "--spec", "labelled.json",
		}},
	} {
		fails(t, dir, c.code, want, c.args...)
	}
	// A site reads its cache as others do: damage is found, unless it is to be taken as it is.
	check := []string{"site", "--cache", "cache", "--check", "shared"}
	ok(t, dir, check...)
	path := filepath.Join(dir, "cache", "train.features.npy")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	put(t, dir, "cache/train.features.npy", data)
	fails(t, dir, 12, "train.features.npy", check...)
	ok(t, dir, append(check, "--no-verify")...)
}
