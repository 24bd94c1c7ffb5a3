// Package ortlib finds the shared library of ONNX Runtime on a machine, says whether it can be used, and installs it.
//
// What a file is, is read from its head, without loading it: the processor that it is built for, and its version. So
// the package needs no cgo, and a library of another processor or an old version is passed over for one that fits.
//
// An installed library comes out of a package that npm or pip fetches, as they are set up on the machine, and only if
// its SHA-256 is the one in sha256.txt.
package ortlib

import "runtime"

// Version is that of the library that Install installs. Another version needs other sums in sha256.txt.
const Version = "1.27.0"

// Required is the oldest version that can be used: that of the interface that the Go binding was built against.
const Required = "1.24"

// Env is the environment variable that names the shared library.
const Env = "ONNXRUNTIME_LIB"

// Remedy ends a message about a library that is not there or cannot be used.
const Remedy = "run `fedpurel runtime install`, or install ONNX Runtime " + Required +
	" or later and name its shared library with --ort-lib or " + Env

// Platform is that of this program, as sha256.txt names it.
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// patterns are what the library's file may be called, the usual name first.
func patterns(goos string) []string {
	switch goos {
	case "windows":
		return []string{"onnxruntime.dll"}
	case "darwin":
		return []string{"libonnxruntime.dylib", "libonnxruntime.1.dylib", "libonnxruntime.*.dylib"}
	default:
		return []string{"libonnxruntime.so.1", "libonnxruntime.so", "libonnxruntime.so.*"}
	}
}
