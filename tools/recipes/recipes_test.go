// Package recipes holds step-by-step guides; its test runs their commands as they stand, on small data.
package recipes

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/tools/fixture"
)

// A block of a guide says behind its language what its test does with it: ```sh run. Blocks of one guide run one after
// the other in one folder. Others are only to be read.
var block = regexp.MustCompile("(?ms)^```(sh|python) run\n(.*?)^```$")

// python are the modules that a block imports; stand-ins for services lie in testdata.
var python = regexp.MustCompile(`(?m)^import (.*)$`)

// lab is a folder with the program in its PATH, and the checked-out repository as fedpurel.
type lab struct {
	dir string
	env []string
}

func newLab(t *testing.T, bin string, env ...string) *lab {
	t.Helper()
	stubs, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	path := bin + string(filepath.ListSeparator) + os.Getenv("PATH")
	dir := t.TempDir()
	checkout, err := filepath.Abs("../..")
	if err == nil {
		err = os.Symlink(checkout, filepath.Join(dir, "fedpurel"))
	}
	if err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	own := append(os.Environ(), "PATH="+path, "PYTHONPATH="+stubs, "ONNXRUNTIME_LIB="+fixture.Runtime(t))
	return &lab{dir, append(own, env...)}
}

// run executes a script of a language and returns what it prints.
func (l *lab) run(t *testing.T, language, script string) string {
	t.Helper()
	args := map[string][]string{"sh": {"bash", "-euo", "pipefail", "-c"}, "python": {"python3", "-c"}}[language]
	cmd := exec.Command(args[0], append(args[1:], script)...)
	cmd.Dir, cmd.Env = l.dir, l.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s\n%s", err, script, out)
	}
	return string(out)
}

// able says whether a block can run here. One in Python needs what it imports; without that, it is only compiled.
func (l *lab) able(t *testing.T, language, script string) bool {
	t.Helper()
	if _, err := exec.LookPath("python3"); language == "python" && err != nil {
		return false
	}
	for _, names := range python.FindAllString(script, -1) {
		cmd := exec.Command("python3", "-c", names)
		cmd.Env = l.env
		if language == "python" && cmd.Run() != nil {
			check := exec.Command("python3", "-c", "import sys; compile(sys.stdin.read(), 'block', 'exec')")
			check.Stdin = strings.NewReader(script)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
			t.Logf("only compiled, for want of %s:\n%s", names, script)
			return false
		}
	}
	return true
}

// follow runs the blocks of a guide, and returns what they print, and how many ran.
func (l *lab) follow(t *testing.T, guide string) (printed string, n int) {
	t.Helper()
	for _, b := range block.FindAllStringSubmatch(read(t, guide), -1) {
		if l.able(t, b[1], b[2]) {
			printed += l.run(t, b[1], b[2])
			n++
		}
	}
	return printed, n
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// build makes the program, and skips where there is no bash to run commands.
func build(t *testing.T) (bin string) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash here")
	}
	bin = t.TempDir()
	cmd := exec.Command("go", "build", "-o", filepath.Join(bin, "fedpurel"), "../../cmd/fedpurel")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return bin
}

// Whoever follows a guide gets there.
func TestGuides(t *testing.T) {
	bin := build(t)
	for _, c := range []struct {
		guide string
		least int // blocks that run everywhere
		say   []string
	}{
		{"sites.md", 8, []string{"Berlin", "Oslo", "Rome", "report.html", "accuracy"}},
		{"extend.md", 4, []string{"fedavgm", "FedPuReL (scale)", "personal geometric"}},
		{"pandas.md", 2, []string{"events.out.tfevents.000001"}},
	} {
		t.Run(c.guide, func(t *testing.T) {
			printed, n := newLab(t, bin).follow(t, c.guide)
			if n < c.least {
				t.Errorf("%d blocks ran, of %d at least", n, c.least)
			}
			for _, say := range c.say {
				if !strings.Contains(printed, say) {
					t.Errorf("nobody says %q:\n%s", say, printed)
				}
			}
		})
	}
}
