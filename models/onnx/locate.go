// Package onnx runs dual encoders with ONNX Runtime. It is the only package that needs cgo; built without, it says so
// when it is asked to run a model.
package onnx

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// RequiredVersion is the oldest ONNX Runtime whose interface the binding was built against.
const RequiredVersion = "1.24"

// LibraryEnv is the environment variable that names the shared library.
const LibraryEnv = "ONNXRUNTIME_LIB"

// Options say how to run a model.
type Options struct {
	Library string // path of the shared library, or "" to search
	Threads int    // intra-op threads of one call; below 1 counts as 1
	// Provider is what computes: one of Providers, or "" for the CPU.
	Provider string
}

// Providers names the execution providers that may be asked for. Which of them there are depends on the library.
const Providers = "cpu, cuda, coreml, openvino, directml"

// remedy ends every message about a library that cannot be used.
const remedy = "run `make deps` in the repository, or install ONNX Runtime " + RequiredVersion +
	" or later and name its shared library with --ort-lib or " + LibraryEnv

// names are what the library's file may be called, by operating system.
func names() []string {
	switch runtime.GOOS {
	case "windows":
		return []string{"onnxruntime.dll"}
	case "darwin":
		return []string{"libonnxruntime.dylib", "libonnxruntime.1.27.0.dylib"}
	default:
		return []string{"libonnxruntime.so.1", "libonnxruntime.so"}
	}
}

// systemFolders are where installers put libraries.
var systemFolders = []string{
	"/usr/local/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
	"/opt/homebrew/lib", "/opt/onnxruntime/lib",
}

// Locate finds the shared library: explicit, $ONNXRUNTIME_LIB, beside the program (and in lib/ there), the .ort folder
// of `make deps` (in the working folder or beside the program's), the system's usual places. What is named explicitly
// is not searched for: if it is missing, that is the error.
func Locate(explicit string) (string, error) {
	for _, named := range []struct{ path, by string }{{explicit, "--ort-lib"}, {os.Getenv(LibraryEnv), LibraryEnv}} {
		if named.path == "" {
			continue
		}
		if info, err := os.Stat(named.path); err != nil || info.IsDir() {
			return "", fault.Missingf("onnx: %s names %s, which is no file; %s", named.by, named.path, remedy)
		}
		return named.path, nil
	}
	var folders []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		folders = append(folders, dir, filepath.Join(dir, "lib"), filepath.Join(dir, "..", ".ort"))
	}
	folders = append(folders, ".ort")
	folders = append(folders, systemFolders...)
	for _, dir := range folders {
		for _, name := range names() {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path, nil
			}
		}
	}
	return "", fault.Missingf("onnx: ONNX Runtime was not found (looked for %s in %s); %s",
		strings.Join(names(), " or "), strings.Join(folders, ", "), remedy)
}
