package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/peft"
	"github.com/fedpurel/fedpurel/train/safetensors"
)

// A model folder lies in a run folder and holds what predicts for everybody, and what predicting for a client needs
// beside what the client keeps, which stays in the checkpoint:
//
//	card.json          what the model is, see Card; ends with its own checksum and has that of the other file
//	model.safetensors  float32 arrays
//	    text           class embeddings (C,D), unit rows
//	    projection     the encoder's visual projection (D,E), where its rows come before it
//	    phi/NAME       a tensor of the module's parameters; of a model of several parts phi-2/NAME and so on, too.
//	                   Of a module inside the text tower it is phi/T, the class texts that the tower gives (C,D)
//	    subtract       what is taken off the logits of tuned models (C), with --post-adjust
const (
	ModelDir    = "model"
	cardFile    = "card.json"
	weightsFile = "model.safetensors"
)

// write stores the global model; without one, what the clients' models have in common.
func (m *Model) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	tensors := []safetensors.Tensor{matrix("text", m.Head.Text)}
	if m.Head.Projection.Rows > 0 {
		tensors = append(tensors, matrix("projection", m.Head.Projection))
	}
	if m.Subtract != nil {
		tensors = append(tensors, safetensors.Tensor{
			Name: "subtract", Shape: []int{len(m.Subtract)}, Data: m.Subtract,
		})
	}
	card := m.Card
	for i, part := range m.Parts {
		card.Weights = append(card.Weights, part.Weight)
		for _, t := range m.Module.Layout() {
			tensors = append(tensors, matrix(partName(i, t.Name), t.Of(part.Phi)))
		}
	}
	sum := sha256.New()
	err := durable.WriteFile(filepath.Join(dir, weightsFile), func(w io.Writer) error {
		return safetensors.Write(io.MultiWriter(w, sum), tensors, nil)
	})
	if err != nil {
		return err
	}
	card.Arrays = cache.File{Name: weightsFile, SHA256: hex.EncodeToString(sum.Sum(nil))}
	return durable.WriteSealed(filepath.Join(dir, cardFile), card)
}

func matrix(name string, m f32.Matrix) safetensors.Tensor {
	return safetensors.Tensor{Name: name, Shape: []int{m.Rows, m.Cols}, Data: m.Data}
}

// partName is what a tensor of part i of a model is called.
func partName(i int, tensor string) string {
	if i == 0 {
		return "phi/" + tensor
	}
	return fmt.Sprintf("phi-%d/%s", i+1, tensor)
}

// readModel reads the arrays of a model folder of a run with the spec. A run without a global model has one without
// parts.
func (s *Spec) readModel(card *Card, dir string) (*Model, error) {
	arrays, err := card.arrays(dir)
	if err != nil {
		return nil, err
	}
	m := &Model{Card: *card, Head: peft.Head{Scale: float32(card.LogitScale)}, Projects: s.module.Projects}
	read := &reader{arrays, filepath.Join(dir, weightsFile), nil}
	m.Head.Text = read.matrix("text", len(card.Classes), card.Dim)
	if card.Width > 0 {
		m.Head.Projection = read.matrix("projection", card.Dim, card.Width)
	}
	if read.err != nil || !s.Trains() {
		return m, read.err
	}
	switch head := headFor(m.Head, s.module); s.module.Inside {
	case peft.TextSided:
		m.Module = peft.NewClassTexts(m.Head)
	case peft.ImageSided:
		head.Inside = &peft.Inside{Vision: peft.VisionTower{Width: read.width()}}
		m.Module = s.build(head)
	default:
		m.Module = s.build(head)
	}
	if s.PostAdjust > 0 {
		m.Subtract = read.array("subtract", len(card.Classes))
	}
	for i, weight := range card.Weights {
		part := Part{weight, make([]float32, m.Module.Layout().Size())}
		for _, t := range m.Module.Layout() {
			copy(t.Slice(part.Phi), read.matrix(partName(i, t.Name), t.Rows, t.Cols).Data)
		}
		m.Parts = append(m.Parts, part)
	}
	return m, read.err
}

// reader takes arrays out of a file and remembers the first that is not there.
type reader struct {
	*safetensors.File
	path string
	err  error
}

// array returns the values of an array of a shape; zeros if there is none.
func (r *reader) array(name string, shape ...int) []float32 {
	t, ok := r.Tensor(name)
	if ok && slices.Equal(t.Shape, shape) {
		return t.Data
	}
	if r.err == nil {
		r.err = fault.Corruptf("%s holds no array %s of shape %v", r.path, name, shape)
	}
	size := 1
	for _, n := range shape {
		size *= n
	}
	return make([]float32, size)
}

// width is that of the tokens of a module inside the image tower, by its first array.
func (r *reader) width() int {
	for _, t := range r.Tensors {
		if strings.HasPrefix(t.Name, partName(0, "block0.q.A")) && len(t.Shape) == 2 {
			return t.Shape[1]
		}
	}
	return 1
}

func (r *reader) matrix(name string, rows, cols int) f32.Matrix {
	return f32.Of(rows, cols, r.array(name, rows, cols))
}

// readCard reads and checks a card.
func readCard(path string) (*Card, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("read model: %w", err)
	}
	var version struct{ Format int }
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fault.Corruptf("%s is no card of a model: %w", path, err)
	}
	if version.Format != CardFormat {
		return nil, fault.Corruptf("%s has format %d, this program reads format %d", path, version.Format, CardFormat)
	}
	var seal durable.Chain
	if err := seal.Check(data); err != nil || !seal.Sealed() {
		return nil, fault.Mismatchf("%s: %w", path, durable.ErrDamaged)
	}
	var c Card
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fault.Corruptf("%s is no card of a model: %w", path, err)
	}
	if len(c.Classes) < 2 || c.Dim < 1 || c.Width < 0 || !(c.LogitScale > 0) {
		return nil, fault.Corruptf("%s describes an impossible model", path)
	}
	return &c, nil
}

// arrays reads the file that a card names.
func (c *Card) arrays(dir string) (*safetensors.File, error) {
	path := filepath.Join(dir, weightsFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Missingf("read model: %w", err)
	}
	if got := hash(data); got != c.Arrays.SHA256 {
		return nil, fault.Mismatchf("%s has SHA-256 %.12s…, recorded is %.12s…", path, got, c.Arrays.SHA256)
	}
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.Corruptf("%s: %w", path, err)
	}
	return f, nil
}
