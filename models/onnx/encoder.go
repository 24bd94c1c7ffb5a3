//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"io/fs"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Names of inputs and outputs in the Hugging Face split layout.
const (
	pixelsName, imageName = "pixel_values", "image_embeds"
	idsName, maskName     = "input_ids", "attention_mask"
	textName              = "text_embeds"
)

// encoder is a pair of sessions. ONNX Runtime sessions may be run from several goroutines.
type encoder struct {
	model        *models.Model
	vision, text *tower
}

// tower is one session.
type tower struct {
	session *ort.DynamicAdvancedSession
	masked  bool // the text tower asks for attention_mask
}

// Open loads both towers of a model.
func Open(m *models.Model, o Options) (models.Encoder, error) {
	library, err := Locate(o.Library)
	if err != nil {
		return nil, err
	}
	if err := start(library); err != nil {
		return nil, err
	}
	e := &encoder{model: m}
	size := int64(m.Preprocess.Size)
	if e.vision, err = open(m, m.Vision, pixelsName, imageName, []int64{-1, 3, size, size}, o); err != nil {
		return nil, err
	}
	if e.text, err = open(m, m.Text, idsName, textName, []int64{-1, int64(m.Context)}, o); err != nil {
		return nil, errors.Join(err, e.vision.session.Destroy())
	}
	return e, nil
}

// open loads one tower and checks its inputs and outputs against what the model's files say. A tower on disk is opened
// by its path, so that ONNX Runtime finds weights beside it.
func open(m *models.Model, file, input, output string, shape []int64, o Options) (*tower, error) {
	if _, err := m.External(file); err != nil {
		return nil, err
	}
	path, onDisk := m.Folder.Path(file)
	var data []byte
	var err error
	if !onDisk {
		if data, err = fs.ReadFile(m.Folder.FS, file); err != nil {
			return nil, fault.Missingf("onnx: %w", err)
		}
	}
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("onnx: session options: %w", err)
	}
	defer opts.Destroy()
	if err := errors.Join(opts.SetIntraOpNumThreads(max(o.Threads, 1)), opts.SetInterOpNumThreads(1)); err != nil {
		return nil, fmt.Errorf("onnx: session options: %w", err)
	}
	var inputs, outputs []ort.InputOutputInfo
	if onDisk {
		inputs, outputs, err = ort.GetInputOutputInfo(path)
	} else {
		inputs, outputs, err = ort.GetInputOutputInfoWithONNXData(data)
	}
	if err != nil {
		return nil, fault.Corruptf("onnx: load %s of %s: %w: the file is damaged, or needs a newer ONNX Runtime than %s", file, m.Folder, err, ort.GetVersion())
	}
	t := &tower{}
	names := []string{input}
	for _, in := range inputs {
		if in.Name == maskName {
			t.masked, names = true, append(names, maskName)
		}
	}
	if err := match(m, file, inputs, input, shape); err != nil {
		return nil, err
	}
	if err := match(m, file, outputs, output, []int64{-1, int64(m.Dim)}); err != nil {
		return nil, err
	}
	if onDisk {
		t.session, err = ort.NewDynamicAdvancedSession(path, names, []string{output}, opts)
	} else {
		t.session, err = ort.NewDynamicAdvancedSessionWithONNXData(data, names, []string{output}, opts)
	}
	if err != nil {
		return nil, fault.Corruptf("onnx: load %s of %s: %w", file, m.Folder, err)
	}
	return t, nil
}

// match finds a value by name and compares its shape with the expected one; −1 fits any extent, on either side.
func match(m *models.Model, file string, values []ort.InputOutputInfo, name string, want []int64) error {
	var known []string
	for _, v := range values {
		if v.Name != name {
			known = append(known, v.Name)
			continue
		}
		ok := len(v.Dimensions) == len(want)
		for i := 0; ok && i < len(want); i++ {
			ok = v.Dimensions[i] < 0 || want[i] < 0 || v.Dimensions[i] == want[i]
		}
		if len(v.Dimensions) > 0 && v.Dimensions[0] > 0 {
			return fault.Corruptf("onnx: %s of %s takes batches of exactly %d; export it with a dynamic batch size", file, m.Folder, v.Dimensions[0])
		}
		if !ok {
			return fault.Corruptf("onnx: %s of %s has %s of shape %v, its configuration says %v", file, m.Folder, name, v.Dimensions, want)
		}
		return nil
	}
	return fault.Corruptf("onnx: %s of %s has no %s, only %v: export the towers with projection, in the Hugging Face split layout", file, m.Folder, name, known)
}

func (e *encoder) Dim() int { return e.model.Dim }

func (e *encoder) EncodeImages(pixels []float32, n int, out []float32) error {
	s := e.model.Preprocess.Size
	in, err := ort.NewTensor(ort.NewShape(int64(n), 3, int64(s), int64(s)), pixels[:n*3*s*s])
	if err != nil {
		return fmt.Errorf("onnx: encode images: %w", err)
	}
	defer in.Destroy()
	if err := e.vision.run([]ort.Value{in}, n, e.model.Dim, out); err != nil {
		return fmt.Errorf("onnx: encode images: %w", err)
	}
	return nil
}

func (e *encoder) EncodeText(ids []int64, n int, out []float32) error {
	shape := ort.NewShape(int64(n), int64(e.model.Context))
	in, err := ort.NewTensor(shape, ids[:n*e.model.Context])
	if err != nil {
		return fmt.Errorf("onnx: encode text: %w", err)
	}
	defer in.Destroy()
	inputs := []ort.Value{in}
	if e.text.masked { // the tower is causal: what follows the end of the text cannot change its embedding
		ones := make([]int64, n*e.model.Context)
		for i := range ones {
			ones[i] = 1
		}
		mask, err := ort.NewTensor(shape, ones)
		if err != nil {
			return fmt.Errorf("onnx: encode text: %w", err)
		}
		defer mask.Destroy()
		inputs = append(inputs, mask)
	}
	if err := e.text.run(inputs, n, e.model.Dim, out); err != nil {
		return fmt.Errorf("onnx: encode text: %w", err)
	}
	return nil
}

// run writes the output into out, which ONNX Runtime fills in place.
func (t *tower) run(inputs []ort.Value, n, dim int, out []float32) error {
	result, err := ort.NewTensor(ort.NewShape(int64(n), int64(dim)), out[:n*dim])
	if err != nil {
		return err
	}
	defer result.Destroy()
	return t.session.Run(inputs, []ort.Value{result})
}

func (e *encoder) Close() error {
	return errors.Join(e.vision.session.Destroy(), e.text.session.Destroy())
}
