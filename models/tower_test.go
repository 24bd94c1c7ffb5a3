package models

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/models/graph"
)

// A graph may leave shapes out, and may give an embedding for one of the towers only.
func TestRolesWithoutShapes(t *testing.T) {
	if n := (&Tower{Input: graph.Value{Name: "pixel_values", Type: graph.Float32}}).Batch(); n != 0 {
		t.Errorf("batch %d of an input without a shape", n)
	}
	g := &graph.Graph{
		Inputs:  []graph.Value{{Name: "pixel_values", Type: graph.Float32}, {Name: "input_ids", Type: graph.Int64}},
		Outputs: []graph.Value{{Name: "image_embeds", Type: graph.Float32, Dims: []int64{-1, 6}}},
	}
	if _, err := imageTower("a.onnx", g, CLIP, false); err != nil {
		t.Error(err)
	}
	if tower, err := textTower("a.onnx", g, CLIP); err == nil || !strings.Contains(err.Error(), "cannot be told") {
		t.Errorf("texts get %+v, %v", tower, err)
	}
}
