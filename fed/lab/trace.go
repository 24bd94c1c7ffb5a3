package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A trace is a folder from which another implementation can replay a run, see tools/reference:
//
//	trace.json    spec, tensors of the parameters, logit scale, sizes of the clients' training data
//	initial.npy   φ_0, (P) float32
//	zeroshot.npy  φ_0 moved to where the module predicts zero-shot, (P) float32
//	steps.jsonl   every optimizer step: round, client, stage, step, rows of the training split, their views and a
//	              dropout mask if any
//	mask-N.npy    dropout factors of a step, (B,D) float32
type trace struct {
	dir   string
	file  *os.File
	masks int
}

// header is trace.json.
type header struct {
	Spec       Spec        `json:"spec"`
	Tensors    peft.Layout `json:"tensors"`
	LogitScale float64     `json:"logit_scale"`
	Sizes      []int       `json:"client_sizes"`
}

// traceStep is a line of steps.jsonl.
type traceStep struct {
	Client int    `json:"client"`
	Mask   string `json:"mask,omitempty"`
	Round  int    `json:"round"`
	Rows   []int  `json:"rows"`
	Stage  uint64 `json:"stage"`
	Step   int    `json:"step"`
	Views  []int  `json:"views,omitempty"`
}

// newTrace makes the folder, which must not exist, and writes what does not change during the run.
func (x *experiment) newTrace(dir string, home *fed.Home) (*trace, error) {
	if err := os.Mkdir(dir, 0o755); errors.Is(err, os.ErrExist) {
		return nil, traceExists(dir)
	} else if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	h := header{Spec: x.spec, Tensors: home.Module.Layout(), LogitScale: x.cache.Manifest.LogitScale.Value}
	for _, s := range x.partition.Clients {
		h.Sizes = append(h.Sizes, len(s.Train))
	}
	if err := durable.WriteJSON(filepath.Join(dir, "trace.json"), h); err != nil {
		return nil, err
	}
	t, zeroShot := &trace{dir: dir}, slices.Clone(home.Initial)
	home.Module.Anchor(zeroShot)
	if err := t.array("initial.npy", home.Initial, len(home.Initial)); err != nil {
		return nil, err
	}
	if err := t.array("zeroshot.npy", zeroShot, len(zeroShot)); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(dir, "steps.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	t.file = f
	return t, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func traceExists(dir string) error {
	return fault.Usagef("--trace %s exists already; choose another folder", dir)
}

func (t *trace) array(name string, v []float32, shape ...int) error {
	return durable.WriteFile(filepath.Join(t.dir, name), func(w io.Writer) error {
		return npy.WriteFloat32(w, v, shape...)
	})
}

// step appends one step. Traces are short and made once, so lines are not synced one by one.
func (t *trace) step(s fed.Step) error {
	line := traceStep{Client: s.Client, Round: s.Round, Rows: s.Rows, Stage: s.Stage, Step: s.Step, Views: s.Views}
	if s.Mask.Rows > 0 {
		line.Mask = fmt.Sprintf("mask-%d.npy", t.masks)
		t.masks++
		if err := t.array(line.Mask, s.Mask.Data, s.Mask.Rows, s.Mask.Cols); err != nil {
			return err
		}
	}
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = t.file.Write(append(data, '\n'))
	return err
}

func (t *trace) close() error { return t.file.Close() }
