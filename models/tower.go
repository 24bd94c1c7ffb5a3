package models

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/models/graph"
)

// Tower is one ONNX file, and which of its inputs and outputs do what.
type Tower struct {
	File   string // relative to the folder
	Graph  *graph.Graph
	Input  graph.Value  // pixels (B,3,S,S) or token ids (B,L)
	Output graph.Value  // embeddings (B,D), or features before the projection (B,E)
	Extra  []Extra      // the other inputs, all of which must be fed
	Logits *graph.Value // image-text logits of a file that holds both towers, with its two embeddings; else nil
}

// Extra is an input that has to be fed beside the one that matters, and with what.
type Extra struct {
	graph.Value
	Role Role
}

// Role says what an extra input is.
type Role string

// The roles of extra inputs.
const (
	Mask      Role = "mask"      // (B,L), 1 up to a text's end
	Positions Role = "positions" // (B,L), 0, 1, 2, …
	Zeros     Role = "zeros"     // (B,L), such as token types
	Pixels    Role = "pixels"    // the other tower's input, of one blank picture
	IDs       Role = "ids"       // the other tower's input, of one empty text
)

// Batch is the number of rows that one call must have, or 0 if any number will do.
func (t *Tower) Batch() int {
	if len(t.Input.Dims) > 0 && t.Input.Dims[0] > 0 {
		return int(t.Input.Dims[0])
	}
	return 0
}

// The names of outputs that are embeddings in the common space, most explicit first, and of those that never are.
var (
	imageOutputs = []string{
		"image_embeds", "image_embedding", "image_embeddings", "l2norm_image_embeddings", "image_features",
		"output", "embeddings",
	}
	textOutputs = []string{
		"text_embeds", "text_embedding", "text_embeddings", "l2norm_text_embeddings", "text_features",
		"output", "embeddings",
	}
	unprojected = []string{"last_hidden_state", "pooler_output", "hidden_states", "last_hidden_states"}
)

const pooled = "pooler_output"

// inputs sorts the inputs of a graph into pixels, ids and the others.
func inputs(g *graph.Graph) (pixels, ids *graph.Value, extra []Extra, err error) {
	for i, v := range g.Inputs {
		floating, integer := v.Type.Floating(), v.Type.Integer()
		switch {
		case floating && (len(v.Dims) == 4 || v.Dims == nil) && pixels == nil:
			pixels = &g.Inputs[i]
		case integer && v.Name == "attention_mask":
			extra = append(extra, Extra{v, Mask})
		case integer && v.Name == "position_ids":
			extra = append(extra, Extra{v, Positions})
		case integer && v.Name == "token_type_ids":
			extra = append(extra, Extra{v, Zeros})
		case integer && (len(v.Dims) == 2 || v.Dims == nil) && ids == nil:
			ids = &g.Inputs[i]
		default:
			return nil, nil, nil, fmt.Errorf("its input %s is neither pixels nor token ids "+
				"nor anything that goes with them", v)
		}
	}
	return pixels, ids, extra, nil
}

// imageTower finds the roles in the file of an image tower. before asks for the features before the projection.
func imageTower(file string, g *graph.Graph, family Family, before bool) (*Tower, error) {
	pixels, ids, extra, err := inputs(g)
	if err != nil {
		return nil, err
	}
	if pixels == nil {
		return nil, fmt.Errorf("it has no input of pixels (batch, 3, size, size), only %s", graph.Names(g.Inputs))
	}
	if pixels.Extent(1, 4) > 3 && pixels.Extent(3, 4) == 3 {
		return nil, fmt.Errorf("its input %s wants colours last; export it with colours first (batch, 3, size, size)",
			pixels)
	}
	t := &Tower{File: file, Graph: g, Input: *pixels, Extra: extra}
	if ids != nil {
		t.Extra = append(t.Extra, Extra{*ids, IDs})
	}
	t.Logits = output(g, "logits_per_image")
	if before {
		if v := output(g, pooled); v != nil {
			t.Output = *v
			return t, nil
		}
		return nil, fmt.Errorf("it has no output %s, which holds the features before the projection, only %s; "+
			"tools/export_clip.py --pre-projection makes such a file", pooled, graph.Names(g.Outputs))
	}
	t.Output, err = embedding(g, imageOutputs, textOutputs, family)
	return t, err
}

// textTower finds the roles in the file of a text tower.
func textTower(file string, g *graph.Graph, family Family) (*Tower, error) {
	pixels, ids, extra, err := inputs(g)
	if err != nil {
		return nil, err
	}
	if ids == nil {
		return nil, fmt.Errorf("it has no input of token ids (batch, length), only %s", graph.Names(g.Inputs))
	}
	t := &Tower{File: file, Graph: g, Input: *ids, Extra: extra}
	if pixels != nil {
		t.Extra = append(t.Extra, Extra{*pixels, Pixels})
	}
	t.Output, err = embedding(g, textOutputs, imageOutputs, family)
	return t, err
}

func output(g *graph.Graph, name string) *graph.Value {
	if i := slices.IndexFunc(g.Outputs, func(v graph.Value) bool { return v.Name == name }); i >= 0 {
		return &g.Outputs[i]
	}
	return nil
}

// embedding chooses the output that lies in the common space of images and texts: by name, else the only one that
// could be and is not called as the other tower's.
func embedding(g *graph.Graph, wanted, others []string, family Family) (graph.Value, error) {
	fits := func(v graph.Value) bool {
		return v.Type.Floating() && (len(v.Dims) == 2 || v.Dims == nil)
	}
	for _, name := range wanted {
		if v := output(g, name); v != nil && fits(*v) {
			return *v, nil
		}
	}
	if v := output(g, pooled); v != nil && family == SigLIP && fits(*v) { // its pooling head is the last layer
		return *v, nil
	}
	var left []graph.Value
	plain := true
	for _, v := range g.Outputs {
		if slices.Contains(unprojected, strings.SplitN(v.Name, ".", 2)[0]) {
			plain = false
		} else if fits(v) && (slices.Contains(wanted, v.Name) || !slices.Contains(others, v.Name)) {
			left = append(left, v)
		}
	}
	if len(left) == 1 && plain {
		return left[0], nil
	}
	if !plain && len(left) == 0 {
		return graph.Value{}, fmt.Errorf("it was exported without the projection: its outputs %s do not lie in the "+
			"common space of images and texts. Export it with the projection, in PyTorch "+
			"CLIPVisionModelWithProjection and CLIPTextModelWithProjection, or with tools/export_clip.py",
			graph.Names(g.Outputs))
	}
	return graph.Value{}, fmt.Errorf("which of its outputs %s is the embedding cannot be told (known names: %s)",
		graph.Names(g.Outputs), strings.Join(wanted, ", "))
}

// size is the edge of the pictures that an image tower takes, or 0 if any will do.
func (t *Tower) size() (int, error) {
	h, w := t.Input.Extent(2, 4), t.Input.Extent(3, 4)
	if h != w {
		return 0, fmt.Errorf("its input %s is not square", t.Input)
	}
	if c := t.Input.Extent(1, 4); c > 0 && c != 3 {
		return 0, fmt.Errorf("its input %s has %d colours, not 3", t.Input, c)
	}
	return int(max(h, 0)), nil
}
