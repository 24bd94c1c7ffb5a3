package export

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/fedpurel/fedpurel/models/graph"
)

// notes are what the card says, for the metadata of an ONNX file and of tensors. Lists and objects are JSON.
func (e *exporter) notes() map[string]string {
	c := e.model.Card
	notes := map[string]string{
		"classes":     inJSON(c.Classes),
		"formula":     inJSON(e.card.Formula),
		"logit_scale": strconv.FormatFloat(c.LogitScale, 'g', -1, 64),
		"method":      c.Method, "module": c.Module, "client": e.Client, "run": e.Run,
	}
	if c.Encoder != nil {
		notes["encoder"] = c.Encoder.Name
		notes["encoder_sha256"] = inJSON(c.Encoder.Files)
		notes["preprocess"] = inJSON(c.Encoder.Preprocess)
	}
	maps.DeleteFunc(notes, func(_, value string) bool { return value == "" })
	return notes
}

func inJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic("export: " + err.Error()) // texts and numbers alone
	}
	return string(data)
}

// note puts the notes into an ONNX file.
func (e *exporter) note(b *graph.Builder) {
	notes := e.notes()
	for _, key := range slices.Sorted(maps.Keys(notes)) {
		b.Note(key, notes[key])
	}
}
