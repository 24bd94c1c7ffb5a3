// Package lint checks the rules of the house that no compiler knows: who may import whom, where goroutines start, where
// randomness and time may come from.
package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fedpurel/fedpurel/"

// layers is the table of packages and what each may import of ours. Tests may import anything.
var layers = map[string][]string{
	"train/fault":                      {},
	"train/durable":                    {},
	"train/seed":                       {},
	"train/npy":                        {"train/fault"},
	"train/f32":                        {},
	"train/peft":                       {"train/f32", "train/fault"},
	"train":                            {"train/f32", "train/peft"},
	"models":                           {"train/fault"},
	"models/hftoken":                   {},
	"models/bpe":                       {"models/hftoken", "train/fault"},
	"models/unigram":                   {"models/hftoken", "train/fault"},
	"models/hub":                       {"train/durable", "train/fault"},
	"models/onnx":                      {"models", "train/fault", "train/npy"},
	"models/tiny":                      {"models"},
	"featurize/dataset":                {"featurize/dataset/internal/disk", "train/fault", "train/seed"},
	"featurize/dataset/internal/disk":  {"train/fault"},
	"featurize/dataset/internal/read":  room(),
	"featurize/dataset/internal/parts": room(),
	"featurize/dataset/names":          room(),
	"featurize/dataset/tree":           room("names", "internal/read"),
	"featurize/dataset/list":           room("names", "internal/read"),
	"featurize/dataset/archive":        room("names", "internal/read", "internal/parts"),
	"featurize/dataset/tabular":        room("names", "internal/read", "internal/parts"),
	"featurize/dataset/array":          append(room("names", "internal/read", "pickle"), "train/npy"),
	"featurize/dataset/published":      room("names", "internal/read", "mat", "tree", "list"),
	"featurize/dataset/all":            room("tree", "list", "archive", "tabular", "array", "published"),
	"featurize/dataset/mat":            {"train/fault"},
	"featurize/dataset/pickle":         {},
	"featurize/jpeg":                   {},
	"featurize/pixel":                  {"featurize/jpeg", "models", "train/fault"},
	"featurize/sample":                 {"train/durable", "train/fault", "train/seed"},
	"featurize/cache":                  {"train/durable", "train/f32", "train/fault", "train/npy"},
	"featurize": {
		"featurize/cache", "featurize/dataset", "featurize/pixel", "models", "models/bpe", "models/unigram", "train/f32", "train/fault", "train/npy", "train/seed",
	},
	"fed/partition": {"train/fault", "train/seed"},
	"fed/metric":    {},
	"fed": {
		"fed/metric", "fed/partition", "train", "train/durable", "train/f32", "train/fault", "train/npy", "train/peft", "train/seed",
	},
	"fed/method": {"fed", "train", "train/f32", "train/fault", "train/peft"},
	"fed/eval":   {"fed", "fed/metric", "fed/partition", "train", "train/f32", "train/peft"},
	"fed/report": {"fed/metric", "train/durable", "train/fault"},
}

// room is what a room of data sets may import: what all rooms stand on, and these below featurize/dataset.
func room(others ...string) []string {
	all := []string{"featurize/dataset", "featurize/dataset/internal/disk", "train/fault"}
	for _, o := range others {
		all = append(all, "featurize/dataset/"+o)
	}
	return all
}

// free packages may import everything: the composition root, tools, support for tests.
var free = []string{
	"cmd/", "tools/", "featurize/dataset/settest", "featurize/dataset/mat/mattest", "fed/fedtest", "models/modelstest",
}

// parallel packages may start goroutines; timed ones may ask for the time.
var (
	parallel = []string{"featurize", "featurize/sample", "fed", "fed/eval", "cmd/", "tools/"}
	timed    = []string{"fed", "cmd/", "tools/"}
)

func within(pkg string, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return pkg == s || (strings.HasSuffix(s, "/") && strings.HasPrefix(pkg, s)) })
}

// each parses every Go file of the module that is not a test.
func each(t *testing.T, f func(pkg, file string, tree *ast.File)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if e.IsDir() && rel != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules") {
			return fs.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		tree, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f(path.Dir(rel), rel, tree)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	each(t, func(pkg, file string, tree *ast.File) {
		seen[pkg] = true
		allowed, known := layers[pkg]
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
}

// constructors are the functions of math/rand/v2 that do not draw from the global generator.
var constructors = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}

func TestNoHiddenInputs(t *testing.T) {
	each(t, func(pkg, file string, tree *ast.File) {
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if !within(pkg, parallel) {
					t.Errorf("%s starts a goroutine", file)
				}
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if !ok || x.Obj != nil { // a local variable
					break
				}
				if x.Name == "rand" && !slices.Contains(constructors, n.Sel.Name) {
					t.Errorf("%s uses rand.%s, which draws from a global generator", file, n.Sel.Name)
				}
				if x.Name == "time" && n.Sel.Name == "Now" && !within(pkg, timed) {
					t.Errorf("%s asks for the time", file)
				}
				if n.Sel.Name == "WaitGroup" && x.Name == "sync" && !within(pkg, parallel) {
					t.Errorf("%s starts goroutines", file)
				}
			}
			return true
		})
	})
}

// TestFilesStayReadable bounds the length of a file: one idea each.
func TestFilesStayReadable(t *testing.T) {
	const most = 260
	each(t, func(_, file string, _ *ast.File) {
		data, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(data), "\n"); n > most {
			t.Errorf("%s has %d lines, more than %d: divide it", file, n, most)
		}
	})
}
