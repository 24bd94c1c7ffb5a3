package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
//	start.npy     a personal branch before its first round, (P) float32; absent if it is the global one
//	steps.jsonl   every optimizer step: round, client, stage, step, rows of the training split, their views and a dropout mask if any
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

// newTrace makes the folder, which must not exist, and writes what does not change during the run.
func newTrace(dir string, l *lab, env *fed.Env) (*trace, error) {
	if err := os.Mkdir(dir, 0o755); errors.Is(err, os.ErrExist) {
		return nil, fault.Usagef("--trace %s exists already; choose another folder", dir)
	} else if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	h := header{Spec: l.spec, Tensors: l.module.Layout(), LogitScale: l.cache.Manifest.LogitScale.Value}
	for _, s := range l.partition.Clients {
		h.Sizes = append(h.Sizes, len(s.Train))
	}
	if err := durable.WriteJSON(filepath.Join(dir, "trace.json"), h); err != nil {
		return nil, err
	}
	vectors := map[string][]float32{"initial.npy": env.Initial}
	if env.Start != nil {
		vectors["start.npy"] = env.Start
	}
	for name, v := range vectors {
		if err := durable.WriteFile(filepath.Join(dir, name), func(w io.Writer) error { return npy.WriteFloat32(w, v, len(v)) }); err != nil {
			return nil, err
		}
	}
	f, err := os.Create(filepath.Join(dir, "steps.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	return &trace{dir: dir, file: f}, nil
}

// step appends one step. Traces are short and made once, so lines are not synced one by one.
func (t *trace) step(s fed.Step) error {
	line := map[string]any{"round": s.Round, "client": s.Client, "stage": s.Stage, "step": s.Step, "rows": s.Rows}
	if s.Views != nil {
		line["views"] = s.Views
	}
	if s.Mask.Rows > 0 {
		name := fmt.Sprintf("mask-%d.npy", t.masks)
		t.masks++
		line["mask"] = name
		err := durable.WriteFile(filepath.Join(t.dir, name), func(w io.Writer) error { return npy.WriteFloat32(w, s.Mask.Data, s.Mask.Rows, s.Mask.Cols) })
		if err != nil {
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
