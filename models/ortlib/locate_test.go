package ortlib

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// bare is a Linux machine with nothing on it, in an empty working folder.
func bare(t *testing.T) (m machine, env map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	root := t.TempDir()
	env = map[string]string{}
	return machine{
		goos: "linux", goarch: "amd64",
		getenv:   func(name string) string { return env[name] },
		lookPath: func(string) (string, error) { return "", errors.New("not there") },
		program:  filepath.Join(root, "opt/fedpurel"),
		cache:    filepath.Join(root, "home/[me]/.cache"),
		home:     filepath.Join(root, "home/[me]"),
		root:     root,
	}, env
}

var (
	fit     = fakeELF(elf.EM_X86_64, "1.25.1")
	old     = fakeELF(elf.EM_X86_64, "1.17.0")
	foreign = fakeELF(elf.EM_AARCH64, "1.27.0")
)

// A library is found wherever one is, and the nearest first.
func TestLocateEverywhere(t *testing.T) {
	m, env := bare(t)
	env["LD_LIBRARY_PATH"] = string(filepath.ListSeparator) + filepath.Join(m.root, "loader")
	env["VIRTUAL_ENV"] = filepath.Join(m.root, "env")
	m.lookPath = func(name string) (string, error) {
		return filepath.Join(m.root, "pythons/3.12/bin", name), nil
	}
	save(t, []byte("# folders\n/opt/more\n"), m.root, "etc/ld.so.conf.d/more.conf")
	var want []string
	for _, c := range []struct{ place, path string }{ // the farthest first
		{"the system's folders", m.root + "/opt/more/libonnxruntime.so.1.25.1"},
		{"the system's folders", m.root + "/usr/lib/libonnxruntime.so"},
		{"Python's packages", m.root + "/usr/lib/python3/dist-packages/onnxruntime/capi/libonnxruntime.so.1.25.1"},
		{"Python's packages", m.home + "/.local/lib/python3.9/site-packages/onnxruntime/capi/libonnxruntime.so.1.25"},
		{
			"Python's packages",
			m.root + "/pythons/3.12/lib/python3.12/site-packages/onnxruntime/capi/libonnxruntime.so.1.25.1",
		},
		{"Python's packages", m.root + "/env/lib/python3.12/site-packages/onnxruntime/capi/libonnxruntime.so.1.25.1"},
		{"LD_LIBRARY_PATH", m.root + "/loader/libonnxruntime.so.1"},
		{"the user's cache folder", m.cache + "/fedpurel/onnxruntime/1.26.0/libonnxruntime.so.1"},
		{"the user's cache folder", m.folder() + "/libonnxruntime.so.1"},
		{".ort", ".ort/libonnxruntime.so.1"},
		{"the program's folder", m.root + "/opt/.ort/libonnxruntime.so.1"},
		{"the program's folder", m.program + "/lib/libonnxruntime.so.1"},
		{"the program's folder", m.program + "/libonnxruntime.so"},
		{"the program's folder", m.program + "/libonnxruntime.so.1"},
	} {
		save(t, fit, c.path)
		got, err := m.locate("")
		if err != nil || filepath.ToSlash(got.Path) != c.path || filepath.ToSlash(got.Place) != c.place ||
			got.Version != "1.25.1" || len(got.Passed) > 0 {
			t.Fatalf("%s: %+v, %v", c.path, got, err)
		}
		want = append(want, c.path)
	}
	slices.Reverse(want)
	for i, path := range want[:len(want)-1] { // what does not fit is passed over, and named
		save(t, [][]byte{old, foreign, []byte("no library"), fit[:len(fit)-50]}[i%4], path)
		got, err := m.locate("")
		if err != nil || filepath.ToSlash(got.Path) != want[i+1] || len(got.Passed) != i+1 ||
			!strings.HasPrefix(filepath.ToSlash(got.Passed[i]), path+": it is ") {
			t.Fatalf("past %s: %+v, %v", path, got, err)
		}
	}
}

func TestLocateNothing(t *testing.T) {
	m, _ := bare(t)
	_, err := m.locate("")
	if fault.KindOf(err) != fault.Missing {
		t.Fatal(err)
	}
	for _, say := range []string{
		"not found", "libonnxruntime.so", ".ort", "cache", "LD_LIBRARY_PATH", "Python", "system",
		"fedpurel runtime install",
	} {
		if !strings.Contains(err.Error(), say) {
			t.Errorf("%v says nothing of %s", err, say)
		}
	}
	save(t, old, m.root, "usr/lib/libonnxruntime.so.1.17.0")
	save(t, foreign, ".ort/libonnxruntime.so.1")
	if err := os.Symlink("libonnxruntime.so.1.17.0", filepath.Join(m.root, "usr/lib/libonnxruntime.so")); err != nil {
		t.Fatal(err)
	}
	_, err = m.locate("")
	if fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "1.17.0, older than 1.24") ||
		!strings.Contains(err.Error(), "built for arm64") || strings.Contains(err.Error(), "\n") ||
		strings.Count(err.Error(), "1.17.0, older") != 1 { // by whatever name
		t.Errorf("unfit ones: %v", err)
	}
}

// What is named is not searched for.
func TestLocateNamed(t *testing.T) {
	m, env := bare(t)
	save(t, fit, ".ort/libonnxruntime.so.1")
	own := save(t, fit, t.TempDir(), "own.so")
	for path, say := range map[string]string{
		filepath.Join(t.TempDir(), "none.so"):       "no file",
		t.TempDir():                                 "no file",
		save(t, old, t.TempDir(), "own.so"):         "older than",
		save(t, foreign, t.TempDir(), "own.so"):     "arm64",
		save(t, []byte("x"), t.TempDir(), "own.so"): "no shared library",
	} {
		_, err := m.locate(path)
		if fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "--ort-lib") ||
			!strings.Contains(err.Error(), say) || !strings.Contains(err.Error(), "fedpurel runtime install") {
			t.Errorf("--ort-lib: %v, want %q", err, say)
		}
		env[Env] = path
		_, err = m.locate("")
		if fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), Env) ||
			!strings.Contains(err.Error(), say) {
			t.Errorf("from the environment: %v, want %q", err, say)
		}
		if got, err := m.locate(own); err != nil || got.Path != own || got.Place != "--ort-lib" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	env[Env] = own
	if got, err := m.locate(""); err != nil || got.Path != own || got.Place != Env {
		t.Errorf("%+v, %v", got, err)
	}
}

// The search of other systems has their names and folders.
func TestLocateElsewhere(t *testing.T) {
	for goos, want := range map[string]string{"windows": "PATH", "darwin": "DYLD_LIBRARY_PATH"} {
		m, _ := bare(t)
		m.goos = goos
		_, err := m.locate("")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), patterns(goos)[0]) {
			t.Errorf("%s: %v", goos, err)
		}
	}
	if m := here(); m.goos+"/"+m.goarch != Platform() || m.program == "" {
		t.Errorf("this machine: %+v", m)
	}
}
