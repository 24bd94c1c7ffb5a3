//go:build cgo

package export

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/models/graph"
	"github.com/fedpurel/fedpurel/models/modelstest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// flat is a tower in operators of some version that gives the colours' means, twice. It has weights of these names.
func flat(opset int, names ...string) []byte {
	b := &graph.Builder{Opset: opset}
	x := b.Input(graph.Value{Name: "pixel_values", Type: graph.Float32, Dims: []int64{-1, 3, 8, 8}, Batch: "n"})
	x = b.Node("Flatten", []string{b.Node("GlobalAveragePool", []string{x})}, graph.Int("axis", 1))
	x = b.Node("Concat", []string{x, x}, graph.Int("axis", 1))
	for _, name := range names {
		b.Floats(name, []float32{0})
	}
	b.Output(x, graph.Value{Name: "image_embeds", Type: graph.Float32, Dims: []int64{-1, dim}, Batch: "n"})
	b.Output(x, graph.Value{Name: "again", Type: graph.Float32, Dims: []int64{-1, dim}, Batch: "n"})
	b.Note("producer", "somebody")
	return b.File("test", "flat")
}

// tower opens such a tower.
func tower(t *testing.T, file []byte) *models.Model {
	t.Helper()
	c := modelstest.Cases()[0]
	c.FS["onnx/vision_model.onnx"].Data = file
	return miniature(t, c, models.Options{})
}

// A head is appended to towers in operators of all versions that are about, of which some want the axes of a reduction
// elsewhere; names of its own that a tower has too do not matter.
func TestVersionsOfOperators(t *testing.T) {
	o := runtime(t)
	for opset := 11; opset <= 21; opset++ {
		m := tower(t, flat(opset, "head/A", "_head/B"))
		s := whole(t, o, m, trained(t, m, "gate-head"), 1e-4)
		if notes := s.notes(); notes["producer"] != "somebody" || notes["module"] != "gate-head" {
			t.Errorf("version %d: metadata %v", opset, notes)
		}
	}
}

// A tower that nothing can be appended to is refused, in one line that says why.
func TestUnfitTowers(t *testing.T) {
	for say, file := range map[string][]byte{
		"of version 9,":                  flat(9),
		`it has a value "logits" of its`: flat(17, logitsName),
	} {
		m := tower(t, file)
		_, err := Write(context.Background(), t.TempDir(), trained(t, m, "lora"), Options{Encoder: m})
		if fault.KindOf(err) != fault.Usage || !strings.Contains(fmt.Sprint(err), say) {
			t.Errorf("%v, want %s", err, say)
		}
	}
}
