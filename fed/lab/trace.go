package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
	"github.com/fedpurel/fedpurel/train/peft"
)

// A trace is a folder from which another implementation can replay a run, see tools/reference:
//
//	trace.json    spec, tensors of the parameters, logit scale, sizes of the clients' training data
//	initial.npy   φ_0, (P) float32
//	start.npy     a personal branch before its first round, (P) float32; absent if it is the global one
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

// newTrace makes the folder, which must not exist, and writes what does not change during the run. Without a start,
// personal branches start from the global parameters.
func (x *experiment) newTrace(dir string, tensors peft.Layout, initial, start []float32) (*trace, error) {
	if err := os.Mkdir(dir, 0o755); errors.Is(err, os.ErrExist) {
		return nil, fault.Usagef("--trace %s exists already; choose another folder", dir)
	} else if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	h := header{Spec: x.spec, Tensors: tensors, LogitScale: x.cache.Manifest.LogitScale.Value}
	for _, s := range x.partition.Clients {
		h.Sizes = append(h.Sizes, len(s.Train))
	}
	if err := durable.WriteJSON(filepath.Join(dir, "trace.json"), h); err != nil {
		return nil, err
	}
	t := &trace{dir: dir}
	if err := t.array("initial.npy", initial, len(initial)); err != nil {
		return nil, err
	}
	if start != nil {
		if err := t.array("start.npy", start, len(start)); err != nil {
			return nil, err
		}
	}
	f, err := os.Create(filepath.Join(dir, "steps.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	t.file = f
	return t, nil
}

func (t *trace) array(name string, v []float32, shape ...int) error {
	return durable.WriteFile(filepath.Join(t.dir, name), func(w io.Writer) error {
		return npy.WriteFloat32(w, v, shape...)
	})
}

// step appends one step, with its dropout mask unless that is empty. Traces are short and made once, so lines are not
// synced one by one.
func (t *trace) step(line traceStep, mask f32.Matrix) error {
	if mask.Rows > 0 {
		line.Mask = fmt.Sprintf("mask-%d.npy", t.masks)
		t.masks++
		if err := t.array(line.Mask, mask.Data, mask.Rows, mask.Cols); err != nil {
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
