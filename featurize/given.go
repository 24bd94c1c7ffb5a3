package featurize

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Given is an array of class embeddings that were made elsewhere: of an encoder without a text tower that can be run
// here, or with prompts of one's own.
type Given struct {
	Features f32.Matrix // (C,D), any length of rows
	Names    []string   // of the rows, or nil if they are the data set's classes in its order
	Source   cache.File
}

// OpenGiven reads F.npy and, unless names is empty, the file that names its rows: one a line, or a JSON list.
func OpenGiven(features, names string) (*Given, error) {
	a, err := npy.Open(features)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if len(a.Shape) != 2 {
		return nil, fault.Corruptf("featurize: %s has shape %v, expected a row for each class", features, a.Shape)
	}
	data, err := a.Float32s()
	if err != nil {
		return nil, err
	}
	g := &Given{Features: f32.Of(a.Shape[0], a.Shape[1], data)}
	sum := sha256.New()
	for i := range g.Features.Rows {
		if row := g.Features.Row(i); !f32.Finite(row) || f32.Norm(row) == 0 {
			return nil, fault.Corruptf("featurize: %s row %d is zero or not finite", features, i)
		}
		_, _ = sum.Write(npy.AppendFloats(nil, "<f4", g.Features.Row(i))) // a hash takes everything
	}
	if names != "" {
		if g.Names, err = readNames(names); err != nil {
			return nil, err
		}
		if len(g.Names) != g.Features.Rows {
			return nil, fault.Usagef("featurize: %s names %d classes, but %s has %d rows",
				names, len(g.Names), features, g.Features.Rows)
		}
		fmt.Fprintf(sum, "%q", g.Names)
	}
	g.Source = cache.File{Name: filepath.Base(features), SHA256: hex.EncodeToString(sum.Sum(nil))}
	return g, nil
}

// maxNames bounds the bytes of a list of class names.
const maxNames = 64 << 20

func readNames(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Missingf("featurize: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxNames+1))
	if err != nil {
		return nil, fault.Missingf("featurize: read %s: %w", path, err)
	}
	if len(data) > maxNames {
		return nil, fault.Corruptf("featurize: %s has more than %d bytes: it is no list of class names", path, maxNames)
	}
	var names []string
	if data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))); bytes.HasPrefix(data, []byte("[")) {
		if err := json.Unmarshal(data, &names); err != nil {
			return nil, fault.Corruptf("featurize: %s is no JSON list of names: %w", path, err)
		}
		return names, nil
	}
	for line := range strings.Lines(string(data)) {
		names = append(names, strings.TrimSpace(line))
	}
	return names, nil
}

// forClasses returns the rows in the order of the data set's classes.
func (g *Given) forClasses(classes []string, dim int) (f32.Matrix, error) {
	if dim != 0 && g.Features.Cols != dim {
		return f32.Matrix{}, fault.Usagef("featurize: the class embeddings of %s have %d columns, "+
			"the image tower gives %d: they are of different encoders", g.Source.Name, g.Features.Cols, dim)
	}
	if g.Names == nil {
		if g.Features.Rows != len(classes) {
			return f32.Matrix{}, fault.Usagef("featurize: %s has %d rows, the data set %d classes; "+
				"name the rows with --classes", g.Source.Name, g.Features.Rows, len(classes))
		}
		return g.Features, nil
	}
	if same(g.Names, classes) { // also where names repeat
		return g.Features, nil
	}
	at := map[string]int{}
	for i, n := range g.Names {
		key := folded(n)
		if _, twice := at[key]; twice {
			i = -1
		}
		at[key] = i
	}
	out := f32.New(len(classes), g.Features.Cols)
	for c, name := range classes {
		i, ok := at[folded(name)]
		switch {
		case !ok:
			return out, fault.Usagef("featurize: no row of %s is named %q, as a class of the data set is",
				g.Source.Name, name)
		case i < 0:
			return out, fault.Usagef("featurize: several rows of %s are named %q", g.Source.Name, name)
		}
		copy(out.Row(c), g.Features.Row(i))
	}
	return out, nil
}

// folded is a name without what spellings differ in.
func folded(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(name, "_", " ")), " "))
}

func same(a, b []string) bool {
	for i := range a {
		if len(a) != len(b) || folded(a[i]) != folded(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}
