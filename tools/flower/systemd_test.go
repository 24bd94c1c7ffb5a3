package flowerapp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The units are what systemd takes; the programs that they start are put in place for the check.
func TestUnits(t *testing.T) {
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	files, err := filepath.Glob("systemd/*.service")
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	program := regexp.MustCompile(`ExecStart=\S+`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), filepath.Base(file))
		text := program.ReplaceAllString(string(data), "ExecStart=/bin/true")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		said, err := exec.Command(verify, "verify", "--man=no", path).CombinedOutput()
		for line := range strings.Lines(string(said)) {
			if strings.Contains(line, filepath.Base(file)) && !strings.Contains(line, "not found") {
				t.Errorf("%s: %v: %s", file, err, line)
			}
		}
	}
}
