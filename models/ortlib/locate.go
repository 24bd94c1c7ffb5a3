package ortlib

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Library is a shared library that can be used, as far as its file tells.
type Library struct {
	Path    string `json:"path"`
	Version string `json:"version,omitempty"` // "" if the file does not say
	Place   string `json:"place"`             // what led to it
	// Passed are files that came first and cannot be used, each with the reason.
	Passed []string `json:"passed_over,omitempty"`
}

// Locate finds the shared library. What is named, by explicit (--ort-lib) or else the environment variable Env, is not
// searched for: if it is missing or unfit, that is the error. Otherwise the first fit one is taken, of those in:
//
//   - the program's folder, lib in it, and .ort beside it
//   - .ort in the working folder
//   - the user's cache folder, where Install puts it
//   - the loader's path: LD_LIBRARY_PATH, DYLD_LIBRARY_PATH on macOS, PATH on Windows
//   - Python's packages: the active environment, the one of the python3 in PATH, the user's, the system's
//   - the system's folders of libraries
func Locate(explicit string) (*Library, error) { return here().locate(explicit) }

func (m machine) locate(explicit string) (*Library, error) {
	for _, named := range []struct{ path, by string }{{explicit, "--ort-lib"}, {m.getenv(Env), Env}} {
		if named.path == "" {
			continue
		}
		if info, err := os.Stat(named.path); err != nil || info.IsDir() {
			return nil, fault.Missingf("ortlib: %s names %s, which is no file; %s", named.by, named.path, Remedy)
		}
		version, unfit := m.check(named.path)
		if unfit != "" {
			return nil, fault.Missingf("ortlib: cannot use %s, which %s names: %s; %s",
				named.path, named.by, unfit, Remedy)
		}
		return &Library{Path: named.path, Version: version, Place: named.by}, nil
	}
	var passed, places []string
	for _, p := range m.places() {
		for _, path := range p.files(m.goos) {
			version, unfit := m.check(path)
			if unfit == "" {
				return &Library{Path: path, Version: version, Place: p.name, Passed: passed}, nil
			}
			passed = append(passed, path+": "+unfit)
		}
		places = append(places, p.name)
	}
	if len(passed) > 0 {
		return nil, fault.Missingf("ortlib: no ONNX Runtime that is found can be used (%s); looked in %s; %s",
			strings.Join(passed, "; "), strings.Join(places, ", "), Remedy)
	}
	return nil, fault.Missingf("ortlib: ONNX Runtime was not found (looked for %s in %s); %s",
		patterns(m.goos)[0], strings.Join(places, ", "), Remedy)
}

// check returns a library's version, and why it cannot be used.
func (m machine) check(path string) (version, unfit string) {
	t, err := inspect(path)
	if err != nil {
		return "", err.Error()
	}
	return t.version, t.unfit(m.goos, m.goarch)
}

// place is somewhere that a library may be.
type place struct {
	name    string // for messages
	folders []string
}

// files are the candidates in a place, one of several names for the same file once.
func (p place) files(goos string) []string {
	var all []string
	var known []os.FileInfo
	for _, dir := range p.folders {
		for _, pattern := range patterns(goos) {
			found, _ := filepath.Glob(filepath.Join(escape(dir), pattern))
			for _, path := range found {
				info, err := os.Stat(path)
				if err != nil || info.IsDir() ||
					slices.ContainsFunc(known, func(k os.FileInfo) bool { return os.SameFile(k, info) }) {
					continue
				}
				known, all = append(known, info), append(all, path)
			}
		}
	}
	return all
}
