// Package export writes a model that a run learned as files that other programs load. A caller opens one, by
// lab.Folder.Model or lab.Tables.OpenModel, and calls Write:
//
//	model.onnx           rows of the encoder → logits and class probabilities; with an encoder, pixels → the same
//	model.safetensors    the matrices of the model's formula, by name
//	numpy/NAME.npy       the same, a file each
//	classes.txt          the classes' names, a line each, in the order of the columns
//	preprocess.json      what is done to a picture before the encoder sees it; absent where features were imported
//	card.json            what the model is, its formula, and the SHA-256 of the other files
//
// The ONNX file says all that in its metadata too. Nothing of it depends on the time or the machine.
package export

import (
	"context"
	"slices"

	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Formats are the kinds of files that hold the model.
var Formats = []string{"onnx", "safetensors", "npy"}

// Options say what is written.
type Options struct {
	Formats []string      // of Formats; none: all
	Client  string        // whose model it is, for the record; empty: everybody's
	Run     string        // the seal of the run, for the record
	Encoder *models.Model // goes before the head in the ONNX file; nil: rows of the encoder are the input
}

// Card is card.json.
type Card struct {
	Kind    string            `json:"kind"`
	Format  int               `json:"format"`
	Client  string            `json:"client,omitempty"` // whose model it is; absent: everybody's
	Run     string            `json:"run,omitempty"`    // the seal of the run's result.json
	Input   string            `json:"input"`            // of the ONNX file: "embeddings", or that of the encoder
	Formula []string          `json:"formula"`          // from x, a row of the encoder, to the logits
	Files   map[string]string `json:"files"`            // the SHA-256 of each
	Model   lab.Card          `json:"model"`
}

// kind tells an export from other folders.
const kind = "fedpurel export"

// cardFormat is the version of card.json.
const cardFormat = 1

// Files of an export.
const (
	CardFile       = "card.json"
	ONNXFile       = "model.onnx"
	TensorsFile    = "model.safetensors"
	ArrayFolder    = "numpy"
	ClassesFile    = "classes.txt"
	PreprocessFile = "preprocess.json"
)

// Write writes a model into the folder dir, which is made, or is empty, or holds an export, which is replaced: file by
// file, once all of them are written.
func Write(ctx context.Context, dir string, m *lab.Model, o Options) (*Card, error) {
	if len(o.Formats) == 0 {
		o.Formats = Formats
	}
	for _, f := range o.Formats {
		if !slices.Contains(Formats, f) {
			return nil, fault.Unknown("export: unknown format", f, Formats)
		}
	}
	n, err := newNetwork(m)
	if err != nil {
		return nil, err
	}
	e := &exporter{Options: o, model: m, network: n, dir: dir}
	e.card = Card{
		Kind: kind, Format: cardFormat, Client: o.Client, Run: o.Run, Input: inputName, Formula: n.lines(),
		Files: map[string]string{}, Model: m.Card,
	}
	if o.Encoder != nil {
		if !slices.Contains(o.Formats, "onnx") {
			return nil, fault.Usagef("export: the encoder goes into the ONNX file, which is not asked for")
		}
		if err := e.fits(ctx); err != nil {
			return nil, err
		}
		e.card.Input = o.Encoder.Vision.Input.Name
	}
	defer e.end()
	if err := e.begin(); err != nil {
		return nil, err
	}
	if err := e.write(); err != nil {
		return nil, err
	}
	return &e.card, e.settle()
}

// exporter is one export under way.
type exporter struct {
	Options
	model   *lab.Model
	network *network
	dir     string
	release func()   // of dir
	scratch string   // where the files come into being
	old     []string // files of the export that is replaced
	card    Card
}
