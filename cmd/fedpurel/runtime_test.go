package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Whoever needs ONNX Runtime is told that it is not there before anything is rendered, hashed or read.
func TestNoRuntime(t *testing.T) {
	t.Setenv("ONNXRUNTIME_LIB", filepath.Join(t.TempDir(), "none.so"))
	dir := t.TempDir()
	fails(t, dir, 10, "fedpurel runtime install", "demo", "--out", "demo")
	fails(t, dir, 10, "fedpurel runtime install", "featurize", "--data", "not there either", "--out", "cache")
	fails(t, dir, 10, "fedpurel runtime install", "models", "verify", "not there either")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	ok(t, dir, "models", "show", "tiny") // needs none
	out, errs, code := fedpurel(t, dir, "doctor")
	if code != 10 || !strings.Contains(out, "no ONNX Runtime") || !strings.Contains(errs, "fedpurel runtime install") ||
		strings.Count(errs, "\n") != 1 {
		t.Errorf("doctor: exit %d, %s%s", code, out, errs)
	}
	out, _, code = fedpurel(t, dir, "doctor", "--json")
	var said struct {
		Ready   bool
		Problem string
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 10 || said.Ready || said.Problem == "" {
		t.Errorf("doctor --json: exit %d, %+v, %v", code, said, err)
	}
}

func TestUnfitRuntime(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.so")
	if err := os.WriteFile(text, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 10, "no shared library", "demo", "--ort-lib", "text.so")
	fails(t, dir, 10, "no shared library", "doctor", "--ort-lib", "text.so")
	if runtime.GOOS != "linux" {
		return
	}
	binary, err := os.ReadFile(program) // of this processor
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own.so"), binary, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 10, "another library", "models", "verify", "tiny", "--ort-lib", "own.so")
	binary[18], binary[19] = 8, 0 // MIPS
	if err := os.WriteFile(filepath.Join(dir, "mips.so"), binary, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, 10, "built for EM_MIPS", "featurize", "--data", "x", "--out", "y", "--ort-lib", "mips.so")
	fails(t, dir, 2, "known: cpu", "doctor", "--provider", "tpu")
}

func TestDoctor(t *testing.T) {
	needsRuntime(t)
	dir := t.TempDir()
	out := ok(t, dir, "doctor")
	for _, say := range []string{
		"ok  runtime    ONNX Runtime 1.", "ok  providers  cpu", "cores", "models pull", "npm", "pip",
	} {
		if !strings.Contains(out, say) {
			t.Errorf("it does not say %q:\n%s", say, out)
		}
	}
	var said struct {
		Ready     bool
		Providers []string
		Runtime   struct{ Path, Place string }
	}
	if err := json.Unmarshal([]byte(ok(t, dir, "doctor", "--json")), &said); err != nil || !said.Ready ||
		len(said.Providers) == 0 || said.Runtime.Place != "ONNXRUNTIME_LIB" || said.Runtime.Path == "" {
		t.Errorf("%+v, %v", said, err)
	}
}

// An installation that is refused leaves nothing, and says what kind of refusal it is.
func TestRuntimeInstallRefuses(t *testing.T) {
	dir := t.TempDir()
	fails(t, dir, 2, "runtime install", "runtime")
	fails(t, dir, 2, "npm and pip", "runtime", "install", "--with", "apt")
	fails(t, dir, 10, "none.whl", "runtime", "install", "--dir", "lib", "--package", "none.whl")
	wheel := func(name string) {
		var b bytes.Buffer
		zw := zip.NewWriter(&b)
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("not the library")); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "p.whl"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wheel("numpy/__init__.py")
	fails(t, dir, 11, "pip download", "runtime", "install", "--dir", "lib", "--package", "p.whl")
	if runtime.GOOS == "linux" {
		wheel("onnxruntime/capi/libonnxruntime.so.1.27.0")
		fails(t, dir, 12, "SHA-256", "runtime", "install", "--dir", "lib", "--package", "p.whl")
	}
	t.Setenv("PATH", t.TempDir())
	fails(t, dir, 10, "npm pack onnxruntime-node", "runtime", "install", "--dir", "lib")
	if _, err := os.Stat(filepath.Join(dir, "lib")); err == nil {
		t.Error("a refused installation left its folder")
	}
}
