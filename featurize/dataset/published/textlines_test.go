package published

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func TestTextListLines(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("list.txt", "\ufeff# a comment\r\n first \r\n\r\nlast without an end")
	if got, err := textLines(root, "list.txt"); err != nil ||
		!slices.Equal(got, []string{"first", "last without an end"}) {
		t.Errorf("%q, %v", got, err)
	}
	write("binary.txt", "one\n"+strings.Repeat("x", 1<<17))
	if _, err := textLines(root, "binary.txt"); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "line 2") {
		t.Errorf("an endless line: %v", err)
	}
	if _, err := textLines(root, "none.txt"); fault.KindOf(err) != fault.Missing {
		t.Errorf("no list: %v", err)
	}
}
