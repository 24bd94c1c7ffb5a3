package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/fedpurel/fedpurel/train/f32"
)

// sheet is everything that was measured. Times are seconds.
type sheet struct {
	Machine machine           `json:"machine"`
	Peer    map[string]string `json:"peer"` // versions; none if there was no peer
	Rounds  int               `json:"rounds"`
	Rates   rates             `json:"gflops_one_core"` // by library and shape; "fedpurel" is ours
	TKL     float64           `json:"tkl_seconds"`
	Step    []pair            `json:"purified_step_one_core"`
	Run     []pair            `json:"run_all_cores"`
	Steps   float64           `json:"run_steps"` // of each stage
	Curves  []curve           `json:"curves"`
}

// pair is one repetition of both sides.
type pair struct{ Ours, Peer float64 }

type machine struct {
	CPU, Kernels, Go, OS, Commit string
	Cores                        int
}

func describe() machine {
	m := machine{
		CPU:     "unknown",
		Kernels: f32.Kernels(),
		Go:      runtime.Version(),
		OS:      runtime.GOOS + "/" + runtime.GOARCH,
		Cores:   runtime.NumCPU(),
	}
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if out, err := exec.Command("git", "describe", "--always", "--dirty").Output(); err == nil {
		m.Commit = strings.TrimSpace(string(out))
	}
	return m
}

// kernels measures our products and the alignment loss.
func (s *sheet) kernels() {
	ours := map[string]float64{}
	for _, x := range purifiedStep(32, 512, 100) {
		ours[x.name()] = rate(x)
	}
	for _, x := range predict(1, 512, 100) {
		ours[x.name()] = rate(x)
	}
	s.Rates["fedpurel"] = ours
	s.TKL = tkl(32, 100)
}

// step times a purified step of both sides on one core.
func (s *sheet) step(p peer, cache string, w world) error {
	rows := min(w.train, 3200)
	ours, err := w.stepSeconds(rows)
	if err != nil {
		return err
	}
	var theirs struct{ Seconds float64 }
	if p.there() {
		if err := p.call(&theirs, "step", "--cache", cache, "--rows", fmt.Sprint(rows), "--threads", "1"); err != nil {
			return err
		}
	}
	s.Step = append(s.Step, pair{ours, theirs.Seconds})
	return nil
}

// run times a whole run of both sides on all cores: of ours the process from start to end, of the peer the rounds
// alone.
func (s *sheet) run(p peer, binary, cache, dir string, rounds int) error {
	defer os.RemoveAll(dir)
	n, start := fmt.Sprint(rounds), time.Now()
	cmd := exec.Command(binary, "train", "--cache", cache, "--out", dir, "--module", "gate", "--rounds", n,
		"--imbalance", "100", "--clients", "20", "--first-round-all", "--drop-last",
		"--lr", "0.001", "--personal-lr", "0.001", "--quiet")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("train: %w: %s", err, out)
	}
	one := pair{Ours: time.Since(start).Seconds()}
	if p.there() {
		var theirs struct{ Seconds, Steps float64 }
		partition := filepath.Join(dir, "partition.json")
		if err := p.call(&theirs, "run", "--cache", cache, "--partition", partition, "--rounds", n); err != nil {
			return err
		}
		one.Peer, s.Steps = theirs.Seconds, theirs.Steps
	}
	s.Run = append(s.Run, one)
	return nil
}

// runBound is the time of the run's products on all cores: of the steps, and, each round, of the global model on
// all test rows and of the personal ones that changed.
func (s *sheet) runBound() float64 {
	var sum float64
	w := standard
	for _, part := range []struct {
		times  float64
		shapes []shape
	}{
		{s.Steps, purifiedStep(32, w.dim, w.classes)}, {s.Steps, personalStep(32, w.dim, w.classes)},
		{1.4 * float64(s.Rounds), predict(w.test, w.dim, w.classes)},
	} {
		sum += part.times * s.Rates.seconds(part.shapes)
	}
	return sum / float64(s.Machine.Cores)
}

// ratio is the mean of peer over ours, and the least and greatest of the repetitions.
func ratio(pairs []pair) (mean, low, high float64) {
	low = math.Inf(1)
	for _, p := range pairs {
		r := p.Peer / p.Ours
		mean += r / float64(len(pairs))
		low, high = min(low, r), max(high, r)
	}
	return mean, low, high
}

func (s *sheet) write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "bench.json"), append(data, '\n'), 0o644); err != nil {
		return err
	}
	for _, c := range s.Curves {
		if err := c.draw(filepath.Join(dir, c.Name+".svg")); err != nil {
			return err
		}
	}
	text := s.markdown()
	fmt.Print(text)
	return os.WriteFile(filepath.Join(dir, "bench.md"), []byte(text), 0o644)
}
