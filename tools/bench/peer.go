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
var peerSource string

// peer is the PyTorch side; the zero peer stands for none.
type peer struct{ python, script string }

// findPeer looks for a Python with torch and numpy, and makes one if none is named.
func findPeer(o options) peer {
	python := o.python
	if python == "" {
		venv := filepath.Join(o.out, "venv")
		python = filepath.Join(venv, "bin", "python")
		if _, err := os.Stat(python); err != nil {
			log.Println("making", venv, "with torch and numpy")
			for _, line := range [][]string{{"python3", "-m", "venv", venv}, {python, "-m", "pip", "install", "-q", "torch", "numpy"}} {
				if out, err := exec.Command(line[0], line[1:]...).CombinedOutput(); err != nil {
					log.Printf("no Python to compare with: %s: %v: %s", strings.Join(line, " "), err, bytes.TrimSpace(out))
					return peer{}
				}
			}
		}
	}
	script := filepath.Join(o.out, "peer.py")
	if err := os.WriteFile(script, []byte(peerSource), 0o644); err != nil {
		log.Println("no Python to compare with:", err)
		return peer{}
	}
	p := peer{python, script}
	if p.versions() == nil {
		log.Println("no Python to compare with:", python, "has no torch or numpy")
		return peer{}
	}
	return p
}

func (p peer) there() bool { return p.python != "" }

// call runs the peer and decodes what it prints.
func (p peer) call(into any, args ...string) error {
	var errs bytes.Buffer
	cmd := exec.Command(p.python, append([]string{p.script}, args...)...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("peer.py %s: %w: %s", args[0], err, errs.String())
	}
	return json.Unmarshal(out, into)
}

// versions asks what the peer runs on; nil if it does not run.
func (p peer) versions() map[string]string {
	var out struct{ Versions map[string]string }
	if !p.there() || p.call(&out, "products", "--shapes", "8x8x8", "--seconds", "0.01") != nil {
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
