package wire_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/fed/wire"
)

// What differs is named in a line; absent and null preprocessing are one, to the hash as well.
func TestDiffer(t *testing.T) {
	want := wire.Identity{
		Classes: []string{"fox", "owl", "ringed blue turtle"}, Text: "t", Dim: 4, LogitScale: 100, Views: 2,
		Model:      map[string]string{"text.onnx": "1", "vision.onnx": "2"},
		Preprocess: json.RawMessage(`{"size": 224}`), Width: 6, Projection: "p",
	}
	for what, change := range map[string]func(id *wire.Identity){
		"":                                  func(*wire.Identity) {},
		`class 1 is "elk" instead of "owl"`: func(id *wire.Identity) { id.Classes[1] = "elk" },
		"there are 2 classes instead of 3":  func(id *wire.Identity) { id.Classes = id.Classes[:2] },
		"the encoder's file vision.onnx is another one": func(id *wire.Identity) { id.Model["vision.onnx"] = "3" },
		"the encoder's file text.onnx is not known":     func(id *wire.Identity) { delete(id.Model, "text.onnx") },
		"the encoder has a file more.json that it should not have": func(id *wire.Identity) {
			id.Model["more.json"] = "4"
		},
		"embeddings have 8 coordinates instead of 4": func(id *wire.Identity) { id.Dim = 8 },
		"features are embeddings instead of 6 numbers before the projection": func(id *wire.Identity) {
			id.Width, id.Projection = 0, ""
		},
		"the visual projection is another one":      func(id *wire.Identity) { id.Projection = "q" },
		"pictures are prepared in another way":      func(id *wire.Identity) { id.Preprocess = nil },
		"the logit scale is 50 instead of 100":      func(id *wire.Identity) { id.LogitScale = 50 },
		"training images have 0 views instead of 2": func(id *wire.Identity) { id.Views = 0 },
		"the class embeddings are other ones":       func(id *wire.Identity) { id.Text = "u" },
	} {
		id := want
		id.Classes, id.Model = slices.Clone(want.Classes), maps.Clone(want.Model)
		change(&id)
		if got := id.Differ(want); got != what {
			t.Errorf("it says %q, want %q", got, what)
		}
		if (id.Sum() == want.Sum()) != (what == "") {
			t.Errorf("%q: the hash does not tell", what)
		}
	}
	spaced, null, none := want, want, want
	spaced.Preprocess, null.Preprocess, none.Preprocess = []byte("{\n\"size\":224 }"), []byte("null"), nil
	if spaced.Differ(want) != "" || null.Differ(none) != "" || none.Differ(null) != "" ||
		spaced.Sum() != want.Sum() || null.Sum() != none.Sum() {
		t.Error("spaces count, or null")
	}
	if got := (wire.Identity{}).Differ(want); got == "" {
		t.Error("nothing is like it")
	}
}
