package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed peer.py
var trainSource string

//go:embed inside.py
var insideSource string

//go:embed featurize.py
var featurizeSource string

// side is a script in Python, with what it needs, and a call that prints the versions of that.
type side struct {
	file, source string
	packages     []string
	versions     []string
}

var (
	trainPeer = side{
		file:     "peer.py",
		source:   trainSource,
		packages: []string{"torch", "numpy"},
		versions: []string{"products", "--shapes", "8x8x8", "--seconds", "0.01"},
	}
	insidePeer = side{
		file: "inside.py", source: insideSource, packages: []string{"torch", "numpy"}, versions: []string{"versions"},
	}
	imagePeer = side{
		file:   "featurize.py",
		source: featurizeSource,
		packages: []string{
			"torch", "numpy", "torchvision", "onnx", "open_clip_torch", "transformers", "onnxruntime", "pillow",
		},
		versions: []string{"--versions"},
	}
)

// peer is the Python side; the zero peer stands for none.
type peer struct {
	python, script string
	side           side
}

// findPeer looks for a Python with what a script needs, and makes one if none is named.
func findPeer(o options, s side) peer {
	python := o.python
	if python == "" {
		venv := filepath.Join(o.out, "venv")
		python = filepath.Join(venv, "bin", "python")
		if _, err := os.Stat(python); err != nil {
			log.Println("making", venv)
			if !ran("python3", "-m", "venv", venv) {
				return peer{}
			}
		}
	}
	script := filepath.Join(o.out, s.file)
	if err := os.WriteFile(script, []byte(s.source), 0o644); err != nil {
		log.Println("no Python to compare with:", err)
		return peer{}
	}
	p := peer{python, script, s}
	if p.versions() == nil && o.python == "" {
		log.Println("installing", strings.Join(s.packages, ", "))
		if !ran(python, append([]string{"-m", "pip", "install", "-q"}, s.packages...)...) {
			return peer{}
		}
	}
	if p.versions() == nil {
		log.Printf("no Python to compare with: %s lacks some of %s", python, strings.Join(s.packages, ", "))
		return peer{}
	}
	return p
}

// ran runs a command and says so if it fails.
func ran(name string, args ...string) bool {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		log.Printf("no Python to compare with: %s %s: %v: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return err == nil
}

func (p peer) there() bool { return p.python != "" }

// call runs the peer and decodes what it prints.
func (p peer) call(into any, args ...string) error {
	var errs bytes.Buffer
	cmd := exec.Command(p.python, append([]string{p.script}, args...)...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", p.side.file, args[0], err, errs.String())
	}
	return json.Unmarshal(out, into)
}

// versions asks what the peer runs on; nil if it does not run.
func (p peer) versions() map[string]string {
	var out struct{ Versions map[string]string }
	if !p.there() || p.call(&out, p.side.versions...) != nil {
		return nil
	}
	return out.Versions
}

// products measures the rates of all shapes on one core.
func (p peer) products(shapes []shape) (rates, error) {
	if !p.there() {
		return rates{}, nil
	}
	var names []string
	for _, s := range shapes {
		names = append(names, s.name())
	}
	var out struct{ Numpy, Torch map[string]float64 }
	err := p.call(&out, "products", "--threads", "1", "--shapes", strings.Join(names, ","))
	return rates{"numpy": out.Numpy, "torch": out.Torch}, err
}
