package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

// scaleUp trains on 1.3 million rows of 512 float16 features in 1000 classes, first on 100 clients of which a tenth
// takes part, then on 10,000 clients that all take part, and reports time and peak memory of each command.
func scaleUp(o options) error {
	work, binary, done, err := workshop(o)
	if err != nil {
		return err
	}
	defer done()
	w := world{train: 1300000, test: 50000, classes: 1000, dim: 512, half: true}
	everyone := []string{"--clients", "10000", "--fraction", "1", "--rounds", "1"}
	if o.quick {
		w.train, w.test, w.classes = 40000, 2000, 100
		everyone[1] = "500"
	}
	log.Printf("a cache of %d × %d float16", w.train, w.dim)
	cache, err := w.write(filepath.Join(work, "cache"))
	if err != nil {
		return err
	}
	var b strings.Builder
	m := describe()
	fmt.Fprintf(&b, "# fedpurel at scale\n\n%s, %d cores, %s, commit %s; "+
		"cache of %d × %d float16, %d classes, %d test rows\n\n"+
		"| run | seconds | peak resident memory (MiB) |\n|---|---|---|\n",
		m.CPU, m.Cores, m.OS, m.Commit, w.train, w.dim, w.classes, w.test)
	some := []string{"--clients", "100", "--fraction", "0.1", "--rounds", "3"}
	for i, c := range []struct {
		name string
		args []string
	}{
		{"start: zero-shot of the test rows, no training", []string{"--method", "zeroshot"}},
		{"gate, 100 clients, 10 a round, 3 rounds", some},
		{"lora, 100 clients, 10 a round, 3 rounds", append([]string{"--module", "lora"}, some...)},
		{fmt.Sprintf("gate, %s clients, all in the one round", everyone[1]), everyone},
	} {
		log.Println(c.name)
		dir := filepath.Join(work, fmt.Sprint("run", i))
		args := append([]string{"train", "--cache", cache, "--out", dir, "--quiet", "--imbalance", "1"}, c.args...)
		if !strings.HasPrefix(c.name, "lora") {
			args = append(args, "--module", "gate")
		}
		seconds, memory, err := timed(binary, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(&b, "| %s | %.1f | %d |\n", c.name, seconds, memory)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	fmt.Print(b.String())
	return os.WriteFile(filepath.Join(o.out, "scale.md"), []byte(b.String()), 0o644)
}
