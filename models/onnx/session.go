//go:build cgo

package onnx

import (
	"io/fs"
	"path/filepath"
	"slices"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/train/fault"
)

// session is a loaded file. A file with both towers is one session, which computes both embeddings in every run.
type session struct {
	*ort.DynamicAdvancedSession
	tapped  bool
	inputs  []string
	outputs []string
}

// tapped is the name of the output that a tap makes.
const tapped = "fedpurel/tokens"

// load opens the file of some towers. A file on disk is opened by its path, so that ONNX Runtime finds weights
// beside it.
func load(m *models.Model, o Options, towers ...*models.Tower) (*session, error) {
	s := &session{}
	for _, v := range towers[0].Graph.Inputs {
		s.inputs = append(s.inputs, v.Name)
	}
	for _, t := range towers {
		s.outputs = append(s.outputs, t.Output.Name)
		if t.Logits != nil && len(towers) > 1 && t.Logits.Type == graph.Float32 {
			s.outputs = append(s.outputs, t.Logits.Name)
		}
	}
	opts, err := options(o)
	if err != nil {
		return nil, err
	}
	defer opts.Destroy()
	file := towers[0].File
	path, onDisk := m.Folder.Path(file)
	if s.tapped = o.Tap != "" && towers[0] == m.Vision; s.tapped {
		s.outputs = append(s.outputs, tapped)
	}
	if onDisk && !s.tapped {
		s.DynamicAdvancedSession, err = ort.NewDynamicAdvancedSession(path, s.inputs, s.outputs, opts)
	} else {
		var data []byte
		if data, err = fs.ReadFile(m.Folder.FS, file); err != nil {
			return nil, fault.Missingf("onnx: %w", err)
		}
		if s.tapped {
			data = append(data, graph.Tap(o.Tap, tapped)...)
		}
		if onDisk { // where weights may lie beside it
			err = opts.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", filepath.Dir(path))
		}
		if err == nil {
			s.DynamicAdvancedSession, err = ort.NewDynamicAdvancedSessionWithONNXData(data, s.inputs, s.outputs, opts)
		}
	}
	if err != nil {
		return nil, fault.Corruptf("onnx: load %s of %s: %w: the file is damaged, "+
			"or needs a newer ONNX Runtime than %s", file, m.Folder, err, ort.GetVersion())
	}
	return s, nil
}

// call is one run of a session: the inputs by name, and where wanted outputs go. Outputs without a place are made by
// ONNX Runtime and returned.
type call struct {
	in, out map[string]ort.Value
	own     []ort.Value // made for the call
}

func (s *session) run(c call) (all []ort.Value, err error) {
	inputs, outputs := make([]ort.Value, len(s.inputs)), make([]ort.Value, len(s.outputs))
	for i, name := range s.inputs {
		inputs[i] = c.in[name]
	}
	for i, name := range s.outputs {
		outputs[i] = c.out[name]
	}
	if err = s.Run(inputs, outputs); err != nil {
		return nil, err // outputs may hold values that are none
	}
	return outputs, nil
}

// result is the output called name among those of a run.
func (s *session) result(all []ort.Value, name string) ort.Value {
	return all[slices.Index(s.outputs, name)]
}
