package lint

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fedpurel/fedpurel/"

// layers is the table of packages and what each may import of ours. Tests may import anything.
var layers = map[string][]string{
	"train/fault":       {},
	"train/durable":     {},
	"train/seed":        {},
	"train/text":        {},
	"train/npy":         {"train/fault"},
	"train/f32":         {},
	"train/option":      {"train/fault"},
	"train/encoder":     {"train/f32"},
	"train/safetensors": {"train/f32", "train/fault", "train/npy"},
	"train/peft":        {"train/encoder", "train/f32", "train/fault"},
	"train":             {"train/f32", "train/fault", "train/peft"},
	"models":            {"models/graph", "train/fault"},
	"models/weights": {
		"models", "models/graph", "train/encoder", "train/f32", "train/fault", "train/npy", "train/safetensors",
	},
	"models/hftoken":                   {},
	"models/bpe":                       {"models/hftoken", "train/fault"},
	"models/unigram":                   {"models/hftoken", "train/fault"},
	"models/prompts":                   {"train/fault"},
	"models/hub":                       {"train/durable", "train/fault"},
	"models/graph":                     {},
	"models/onnx":                      {"models", "models/graph", "models/ortlib", "train/fault", "train/npy"},
	"models/ortlib":                    {"train/durable", "train/fault"},
	"models/tiny":                      {"models"},
	"featurize/dataset":                {"featurize/dataset/internal/disk", "train/fault", "train/seed"},
	"featurize/dataset/internal/disk":  {"train/fault"},
	"featurize/dataset/internal/read":  room(),
	"featurize/dataset/internal/parts": room(),
	"featurize/dataset/internal/level": room(),
	"featurize/dataset/names":          room(),
	"featurize/dataset/tree":           room("names", "internal/read", "internal/level"),
	"featurize/dataset/list":           room("names", "internal/read"),
	"featurize/dataset/archive":        room("names", "internal/read", "internal/parts", "internal/level"),
	"featurize/dataset/tabular":        room("names", "internal/read", "internal/parts", "tabular/page"),
	"featurize/dataset/tabular/page":   {},
	"featurize/dataset/array":          append(room("names", "internal/read", "pickle"), "train/npy"),
	"featurize/dataset/published":      room("names", "internal/read", "mat", "tree", "list"),
	"featurize/dataset/all":            room("tree", "list", "archive", "tabular", "array", "published"),
	"featurize/dataset/mat":            {"train/fault"},
	"featurize/dataset/pickle":         {},
	"featurize/jpeg":                   {},
	"featurize/pixel":                  {"featurize/jpeg", "models", "train/fault"},
	"featurize/sample":                 {"train/durable", "train/fault", "train/seed"},
	"featurize/cache": {
		"featurize/cache/thumbs", "train/durable", "train/f32", "train/fault", "train/npy",
	},
	"featurize/cache/thumbs": {"train/fault"},
	"featurize": {
		"featurize/cache", "featurize/cache/thumbs", "featurize/dataset", "featurize/pixel", "models", "models/bpe",
		"models/prompts", "models/unigram", "train/encoder", "train/f32", "train/fault", "train/npy", "train/seed",
	},
	"fed/partition":  {"train/fault", "train/seed"},
	"fed/metric":     {},
	"fed/ordered":    {},
	"fed/statistics": {"fed/ordered", "train/seed"},
	"fed/kept":       {},
	"fed/saved": {
		"fed/kept", "fed/metric", "train/durable", "train/f32", "train/fault", "train/npy", "train/peft",
		"train/safetensors",
	},
	"fed": {
		"fed/kept", "fed/metric", "fed/ordered", "fed/partition", "fed/saved", "train", "train/f32", "train/npy",
		"train/peft", "train/seed",
	},
	"fed/inside": {
		"featurize/cache", "fed/ordered", "models", "models/bpe", "models/prompts", "models/tiny", "models/weights",
		"train/encoder", "train/f32", "train/fault", "train/peft",
	},
	"fed/wire":          {"fed", "fed/metric", "train/f32", "train/fault", "train/npy"},
	"fed/wire/identity": {"featurize/cache", "fed/wire", "train/fault"},
	"fed/wire/flower":   {"fed/wire", "train/fault"},
	"fed/wire/fleet":    {"fed/wire", "train/fault", "train/npy"},
	"fed/method": {
		"fed", "fed/method/clip", "fed/method/frame", "fed/method/generic", "fed/method/lowrank", "fed/method/personal",
		"fed/method/prompt", "fed/method/purel", "fed/method/tail", "train/fault", "train/peft",
	},
	"fed/method/frame":    {"fed", "train", "train/f32", "train/fault", "train/peft"},
	"fed/method/clip":     methods(),
	"fed/method/generic":  methods(),
	"fed/method/lowrank":  methods(),
	"fed/method/personal": methods(),
	"fed/method/prompt":   methods(),
	"fed/method/purel":    methods(),
	"fed/method/tail":     append(methods(), "train/seed"),
	"fed/eval": {
		"fed", "fed/metric", "fed/ordered", "fed/partition", "fed/saved", "train",
		"train/f32", "train/fault", "train/peft",
	},
	"fed/hub": {
		"featurize/cache", "fed", "fed/eval", "fed/lab", "fed/metric", "fed/partition", "fed/saved", "fed/wire",
		"fed/wire/identity", "train/durable", "train/fault",
	},
	"fed/site": {
		"featurize/cache", "fed", "fed/eval", "fed/kept", "fed/lab", "fed/metric", "fed/wire", "fed/wire/identity",
		"train/durable", "train/fault", "train/npy", "train/safetensors",
	},
	"fed/lab": {
		"featurize/cache", "fed", "fed/eval", "fed/inside", "fed/kept", "fed/method", "fed/method/purel", "fed/metric",
		"fed/ordered", "fed/partition", "fed/saved", "train", "train/durable", "train/f32", "train/fault", "train/npy",
		"train/option", "train/peft",
		"train/safetensors", "train/seed",
	},
	"fed/export": {
		"fed/lab", "models", "models/graph", "train/durable", "train/f32", "train/fault", "train/npy", "train/peft",
		"train/safetensors",
	},
	"fed/report": {
		"fed/metric", "fed/partition", "fed/report/chart", "fed/report/document", "fed/report/escape",
		"fed/report/figures", "fed/report/latex", "fed/report/page", "fed/report/pictures", "fed/report/told",
		"fed/saved", "fed/statistics", "train/durable", "train/fault", "train/npy", "train/text",
	},
	"fed/report/escape":        {},
	"fed/report/latex":         {"fed/report/document", "fed/report/escape"},
	"fed/report/chart":         {},
	"fed/report/chart/scale":   {},
	"fed/report/chart/palette": {},
	"fed/report/chart/inline":  {"fed/report/chart", "fed/report/chart/palette", "fed/report/chart/scale"},
	"fed/report/document":      {"fed/report/chart"},
	"fed/report/figures":       {"fed/metric", "fed/report/chart", "fed/report/document", "fed/statistics"},
	"fed/report/told":          {"fed/metric", "fed/report/chart", "fed/report/document", "fed/statistics"},
	"fed/report/pictures":      {"fed/metric", "fed/report/chart", "fed/report/document"},
	"fed/report/page": {
		"fed/report/chart", "fed/report/chart/inline", "fed/report/chart/palette", "fed/report/document",
	},
	"fed/report/watch": {
		"fed/metric", "fed/report/chart", "fed/report/document", "fed/report/page", "train/fault",
	},
	"fed/report/tidy": {"fed/metric", "fed/report", "fed/report/escape", "train/durable"},
	"fed/rank": {
		"fed/metric", "fed/report", "fed/report/escape", "fed/statistics", "train/durable", "train/fault",
	},
	"fed/tensorboard": {"fed/metric"},
}

// room is what a room of data sets may import: what all rooms stand on, and these below featurize/dataset.
func room(others ...string) []string {
	all := []string{"featurize/dataset", "featurize/dataset/internal/disk", "train/fault"}
	for _, o := range others {
		all = append(all, "featurize/dataset/"+o)
	}
	return all
}

// methods is what a room of methods may import.
func methods() []string {
	return []string{"fed", "fed/method/frame", "train", "train/f32", "train/fault", "train/peft"}
}

// rooms is the table of the rooms of the program and what each may import of the others. All may import what lies below
// the program.
var rooms = map[string][]string{
	"shell":    {},
	"flags":    {"shell"},
	"setup":    {"flags", "shell"},
	"caches":   {"flags", "shell"},
	"pictures": {"caches", "flags", "shell"},
	"predict":  {"flags", "pictures", "shell"},
	"help":     {"flags", "shell"},
	"learning": {"flags", "pictures", "shell"},
	"inspect":  {"caches", "flags", "learning", "shell"},
	"machines": {"caches", "flags", "learning", "shell"},
}

// inside is the folder of those rooms.
const inside = "cmd/fedpurel/internal/"

// free packages may import everything: the composition root, tools, support for tests.
var free = []string{
	"cmd/", "tools/", "featurize/dataset/settest", "featurize/dataset/mat/mattest", "fed/fedtest",
	"fed/report/document/documenttest", "models/modelstest",
}

func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	each(t, func(pkg, file string, tree *ast.File) {
		seen[pkg] = true
		allowed, known := layers[pkg]
		if name, is := strings.CutPrefix(pkg, inside); is {
			others, known := rooms[name]
			if !known {
				t.Errorf("%s: package %s is not in the table of rooms", file, pkg)
			}
			for _, i := range tree.Imports {
				other, is := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module+inside)
				if is && !slices.Contains(others, other) {
					t.Errorf("%s imports the room %s, which it may not", file, other)
				}
			}
		}
		if within(pkg, free) {
			return
		}
		if !known {
			t.Errorf("%s: package %s is not in the table of layers", file, pkg)
		}
		for _, i := range tree.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if own, ok := strings.CutPrefix(name, module); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s, which its layer may not", file, own)
			}
			if (name == "C" || strings.Contains(name, "onnxruntime")) && pkg != "models/onnx" {
				t.Errorf("%s imports %s: cgo belongs into models/onnx", file, name)
			}
			if name == "math/rand" {
				t.Errorf("%s imports math/rand: use train/seed", file)
			}
		}
	})
	for pkg := range layers {
		if !seen[pkg] {
			t.Errorf("the table names %s, which does not exist", pkg)
		}
	}
	for name := range rooms {
		if !seen[inside+name] {
			t.Errorf("the table of rooms names %s, which does not exist", name)
		}
	}
}
