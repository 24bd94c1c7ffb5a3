// Package settest makes data sets for tests, opens them and looks at what came out.
package settest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Store writes a file below a folder and returns its path.
func Store(t testing.TB, root, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Write is Store for text.
func Write(t testing.TB, root, name, content string) string {
	t.Helper()
	return Store(t, root, name, []byte(content))
}

// Put writes files below root and returns it.
func Put(t testing.TB, root string, files map[string][]byte) string {
	t.Helper()
	for name, data := range files {
		Store(t, root, name, data)
	}
	return root
}

// Tree makes files, their content their name, and empty folders, whose names end in a slash.
func Tree(t testing.TB, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, n := range names {
		if !strings.HasSuffix(n, "/") {
			Write(t, root, n, n)
		} else if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(n)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
