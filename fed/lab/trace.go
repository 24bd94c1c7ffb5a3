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
	"github.com/fedpurel/fedpurel/train/f32"
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
//	mask-N.npy    dropout factors of a step, (B,D) float32; of lora-vision (B,N·3·L·D), for the L tokens that N blocks
//	              make q, k and v of
//	drawn-N.npy   what else a method drew in a step, float32
//
// What the server draws has the client -1; its rows are what the method numbers.
type trace struct {
	dir   string
	file  *os.File
	files int
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
	Drawn  string `json:"drawn,omitempty"`
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
	var err error
	if line.Mask, err = t.matrix("mask", s.Mask); err != nil {
		return err
	}
	if line.Drawn, err = t.matrix("drawn", s.Drawn); err != nil {
		return err
	}
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = t.file.Write(append(data, '\n'))
	return err
}

// matrix writes one into a file of its own, which it names; an empty one has none.
func (t *trace) matrix(kind string, m f32.Matrix) (name string, err error) {
	if m.Rows == 0 {
		return "", nil
	}
	name = fmt.Sprintf("%s-%d.npy", kind, t.files)
	t.files++
	return name, t.array(name, m.Data, m.Rows, m.Cols)
}

func (t *trace) close() error { return t.file.Close() }
