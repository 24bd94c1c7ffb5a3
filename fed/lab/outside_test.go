package lab_test

import (
	"go/scanner"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// codeLines counts the lines of a Go file that hold code.
func codeLines(t *testing.T, path string) int {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, lines := token.NewFileSet(), map[int]bool{}
	file := files.AddFile(path, -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, 0)
	for {
		at, tok, _ := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		lines[file.Line(at)] = true
	}
}

// Programs in a module of their own run FedPuReL in fewer than 20 lines, and compare a method of their own with the
// built-in ones in fewer than 60; so with modules and metrics.
func TestProgramsOutside(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name string
		most int
		say  []string
	}{
		{"run", 20, []string{"% of the test images are right"}},
		{"method", 60, []string{"zero-shot", "FedAvg", "fedavgm", "FedPuReL"}},
		{"module", 40, []string{"FedPuReL (scale)", "FedPuReL (lora)"}},
		{"metric", 60, []string{"geometric", "personal geometric"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), c.name)
			build := exec.Command("go", "build", "-o", program, "./"+c.name)
			build.Dir = filepath.Join("..", "..", "tools", "examples")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			out, err := exec.Command(program, b.path("cache")).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, say := range c.say {
				if !strings.Contains(string(out), say) {
					t.Errorf("no %q in:\n%s", say, out)
				}
			}
			if n := codeLines(t, filepath.Join(build.Dir, c.name, "main.go")); n >= c.most {
				t.Errorf("%d lines of code, not fewer than %d", n, c.most)
			}
		})
	}
}
