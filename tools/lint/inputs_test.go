package lint

import (
	"go/ast"
	"slices"
	"testing"
)

// parallel packages may start goroutines; timed ones may ask for the time. A network has both: deadlines, and several
// connections at once.
var (
	parallel = []string{
		"featurize", "featurize/sample", "fed/ordered", "fed/hub", "fed/wire", "fed/wire/", "cmd/", "tools/",
	}
	timed = []string{"fed", "fed/hub", "fed/site", "fed/wire", "fed/wire/", "cmd/", "tools/"}
)

// constructors are the functions of math/rand/v2 that do not draw from the global generator; Reader is that of
// crypto/rand, for keys.
var constructors = []string{
	"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf", "Reader",
}

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
