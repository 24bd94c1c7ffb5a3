// Package cluster holds ready files for work on many machines; its test runs what they would run.
package cluster

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/tools/fixture"
)

// machine is a folder with the program in its PATH, and a data set of two parts.
type machine struct {
	dir string
	env []string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	library := fixture.Runtime(t)
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "fedpurel"), "../../cmd/fedpurel")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for i := range 1100 {
		split := map[bool]string{true: "test", false: "train"}[i < 20]
		path := filepath.Join(dir, "data set", split, fmt.Sprint("kind", i%2), fmt.Sprint(i, ".png"))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		img := image.NewRGBA(image.Rect(0, 0, 4, 4))
		img.Set(i%4, i/4%4, color.RGBA{byte(i), byte(i >> 8), 9, 255})
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return &machine{dir, append(os.Environ(), "ONNXRUNTIME_LIB="+library,
		"DATA=data set", "MODEL=tiny", "OUT=cache", "WORK=.", "ARGS=--dtype f16", "SHARDS=3")}
}

func (m *machine) run(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = m.dir, append(m.env[:len(m.env):len(m.env)], env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, env, err, out)
	}
}

func (m *machine) same(t *testing.T, a, b string) {
	t.Helper()
	for _, name := range []string{
		"manifest.json", "train.features.npy", "test.features.npy", "text.features.npy", "train.files.txt",
	} {
		var content [2]string
		for i, dir := range []string{a, b} {
			data, err := os.ReadFile(filepath.Join(m.dir, dir, name))
			if err != nil {
				t.Fatal(err)
			}
			content[i] = string(data)
		}
		if content[0] != content[1] {
			t.Errorf("%s of %s and %s differ", name, a, b)
		}
	}
}

func TestClusterFiles(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash here")
	}
	m := newMachine(t)
	m.run(t, nil, "fedpurel", "featurize", "--data", "data set", "--model", "tiny", "--out", "whole", "--dtype", "f16")

	script, err := filepath.Abs("featurize.slurm")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		task := []string{
			fmt.Sprint("SLURM_ARRAY_TASK_ID=", i+1), "SLURM_ARRAY_TASK_COUNT=3", "SLURM_CPUS_PER_TASK=2",
		}
		m.run(t, task, "bash", script)
	}
	m.run(t, nil, "bash", script)
	m.same(t, "whole", "cache")

	job, err := os.ReadFile("featurize.kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?s)- >-\n(.*?)\n +env:`).FindSubmatch(job)
	if command == nil {
		t.Fatal("the job has no command")
	}
	folded := strings.Join(strings.Fields(string(command[1])), " ")
	for i := range 3 {
		m.run(t, []string{fmt.Sprint("JOB_COMPLETION_INDEX=", i)}, "/bin/sh", "-ec", folded)
	}
	m.run(t, nil, "fedpurel", "cache", "merge", "--out", "kubernetes", "shard-1", "shard-2", "shard-3")
	m.same(t, "whole", "kubernetes")
}
