package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// top are the names at the top level of the repository. Files whose names begin with a dot may stand there too.
var top = []string{
	"models", "featurize", "train", "fed", "cmd", "tools",
	"go.mod", "go.sum", "doc.go", "Makefile", "README.md", "LICENSE", "CITATION.cff",
}

// mostBytes bounds a file that git keeps, but for those in heavy: what is built or measured does not belong there.
const mostBytes = 1 << 20

// heavy are the folders of larger files.
var heavy = []string{"models/tiny/"} // the embedded encoder

// stray says what is wrong with a file's being in the repository, or nothing.
func stray(name string, size int64) string {
	first, _, _ := strings.Cut(name, "/")
	if !slices.Contains(top, first) && !strings.HasPrefix(first, ".") {
		return fmt.Sprintf("%s: there is no %s at the top level", name, first)
	}
	if size > mostBytes && !within(name, heavy) {
		return fmt.Sprintf("%s has %d bytes, more than %d", name, size, mostBytes)
	}
	return ""
}

// TestFilesBelong refuses large files and new names at the top level: what was built or made slips in with the rest.
func TestFilesBelong(t *testing.T) {
	for _, name := range tracked(t) {
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if say := stray(name, info.Size()); say != "" {
			t.Error(say)
		}
	}
}

func TestStray(t *testing.T) {
	for _, c := range []struct {
		name string
		size int64
		want string // a part of the complaint
	}{
		{"models/doc.go", 100, ""},
		{"README.md", mostBytes, ""},
		{".ci/run", 1, ""},
		{".gitignore", 1, ""},
		{"models/tiny/model/onnx/vision_model.onnx", 3 * mostBytes, ""},
		{"bench.test", 1, "no bench.test at the top level"},
		{"runs/a/result.json", 1, "no runs at the top level"},
		{"modelsmore/doc.go", 1, "no modelsmore at the top level"},
		{"train/f32/kernels_amd64.s", mostBytes + 1, "1048577 bytes"},
		{"models/tinier/model.onnx", mostBytes + 1, "1048577 bytes"},
	} {
		if got := stray(c.name, c.size); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
