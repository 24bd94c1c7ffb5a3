// Package lint checks the rules of the house that no compiler knows: who may import whom, where goroutines start, where
// randomness and time may come from, how long lines and files are, and which files there are.
package lint

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository's folder, seen from here.
const root = "../.."

func within(pkg string, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool {
		return pkg == s || (strings.HasSuffix(s, "/") && strings.HasPrefix(pkg, s))
	})
}

// tracked lists the files of the repository, relative to its root, with slashes: what git knows of, or, where there is
// no git or no repository, such as in an archive of the sources, what lies there and is not ignored.
func tracked(t *testing.T) []string {
	t.Helper()
	var names []string
	if out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output(); err == nil && len(out) > 0 {
		for name := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
			names = append(names, string(name))
		}
	} else if names, err = walked(root); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool { // git still knows of files that were just removed
		info, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name)))
		return err != nil || !info.Mode().IsRegular()
	})
}

// walked lists the files below dir, but for hidden folders and what .gitignore names.
func walked(dir string) (names []string, err error) {
	rules, err := os.ReadFile(filepath.Join(dir, ".gitignore"))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	ignored := func(name string) bool {
		for rule := range strings.FieldsSeq(string(rules)) {
			rule, top := strings.CutPrefix(strings.TrimSuffix(rule, "/"), "/")
			if top && name == rule {
				return true
			}
			if same, _ := path.Match(rule, path.Base(name)); same && !top {
				return true
			}
		}
		return false
	}
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		if name = filepath.ToSlash(name); err != nil || name == "." {
			return err
		}
		if hidden := e.IsDir() && strings.HasPrefix(e.Name(), "."); hidden || ignored(name) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !e.IsDir() {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// read returns the content of a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// each parses every Go file of the repository that is not a test.
func each(t *testing.T, f func(pkg, file string, tree *ast.File)) {
	t.Helper()
	for _, file := range tracked(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, read(t, file), parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		f(path.Dir(file), file, tree)
	}
}

func TestWalkedPassesOverWhatIsIgnored(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		".gitignore", "a.go", "b/bin/c.go", "bin/d", "b/e.tmp", ".git/f", "b/node_modules/g",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("/bin/\n*.tmp\nnode_modules/\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := walked(dir)
	if want := []string{".gitignore", "a.go", "b/bin/c.go"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, want %q; %v", got, want, err)
	}
}
