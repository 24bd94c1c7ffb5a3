package models

import (
	"strings"
	"testing"
)

// A graph may leave shapes out, and may give an embedding for one of the towers only.
func TestRolesWithoutShapes(t *testing.T) {
	if n := (&Tower{Input: Value{Name: "pixel_values", Type: Float32}}).Batch(); n != 0 {
		t.Errorf("batch %d of an input without a shape", n)
	}
	g := &Graph{
		Inputs:  []Value{{Name: "pixel_values", Type: Float32}, {Name: "input_ids", Type: Int64}},
		Outputs: []Value{{Name: "image_embeds", Type: Float32, Dims: []int64{-1, 6}}},
	}
	if _, err := imageTower("a.onnx", g, CLIP, false); err != nil {
		t.Error(err)
	}
	if tower, err := textTower("a.onnx", g, CLIP); err == nil || !strings.Contains(err.Error(), "cannot be told") {
		t.Errorf("texts get %+v, %v", tower, err)
	}
}
