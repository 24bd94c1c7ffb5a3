package ortlib

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// machine is what the search depends on.
type machine struct {
	goos, goarch string
	getenv       func(string) string
	lookPath     func(string) (string, error)
	program      string // its folder, or ""
	cache        string // the user's folder for caches, or ""
	home         string // the user's folder, or ""
	root         string // what stands before the system's folders
}

func here() machine {
	m := machine{goos: runtime.GOOS, goarch: runtime.GOARCH, getenv: os.Getenv, lookPath: exec.LookPath}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		m.program = filepath.Dir(exe)
	}
	m.cache, _ = os.UserCacheDir() // there may be none
	m.home, _ = os.UserHomeDir()
	return m
}

// Folder is where Install puts the library unless it is told otherwise: a folder of its version in the user's folder
// for caches. It is "" if the user has none.
func Folder() string { return here().folder() }

func (m machine) folder() string {
	if m.cache == "" {
		return ""
	}
	return filepath.Join(m.cache, "fedpurel", "onnxruntime", Version)
}

// places are where to look, in order.
func (m machine) places() []place {
	program := place{name: "the program's folder"}
	if m.program != "" {
		program.folders = []string{m.program, filepath.Join(m.program, "lib"), filepath.Join(m.program, "..", ".ort")}
	}
	installed := place{name: "the user's cache folder"}
	if dir := m.folder(); dir != "" { // of other versions after this one
		installed.folders = append([]string{dir}, folders(escape(filepath.Dir(dir)), "*")...)
	}
	return []place{program, {".ort", []string{".ort"}}, installed, m.loader(), m.python(), m.system()}
}

// loader is the path by which programs find libraries.
func (m machine) loader() place {
	name := map[string]string{"windows": "PATH", "darwin": "DYLD_LIBRARY_PATH"}[m.goos]
	if name == "" {
		name = "LD_LIBRARY_PATH"
	}
	p := place{name: name}
	for _, dir := range filepath.SplitList(m.getenv(name)) {
		if dir != "" {
			p.folders = append(p.folders, dir)
		}
	}
	return p
}

// python are the folders of the package onnxruntime (and its like) in environments and installations of Python. It is
// not run.
func (m machine) python() place {
	var roots []string // in which packages are in lib/python3.X/site-packages
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir := m.getenv(name); dir != "" {
			roots = append(roots, escape(dir))
		}
	}
	for _, name := range []string{"python3", "python"} {
		if exe, err := m.lookPath(name); err == nil {
			roots = append(roots, escape(filepath.Dir(filepath.Dir(exe))), escape(filepath.Dir(exe))) // as on Windows
			if real, err := filepath.EvalSymlinks(exe); err == nil {
				roots = append(roots, escape(filepath.Dir(filepath.Dir(real))))
			}
		}
	}
	if m.home != "" {
		home := escape(m.home)
		for _, dir := range []string{
			".local", ".pyenv/versions/*", "miniconda3", "anaconda3", "miniforge3",
			"AppData/Roaming/Python/Python3*", "AppData/Local/Programs/Python/Python3*",
		} {
			roots = append(roots, filepath.Join(home, filepath.FromSlash(dir)))
		}
	}
	for _, dir := range []string{
		"/usr/local", "/usr", "/opt/conda", "/opt/homebrew", "/Library/Frameworks/Python.framework/Versions/*",
	} {
		roots = append(roots, filepath.Join(escape(m.root), dir))
	}
	p := place{name: "Python's packages"}
	for _, root := range roots {
		for _, site := range []string{
			"lib/python3*/site-packages", "lib/python3*/dist-packages", "Lib/site-packages", "site-packages",
		} {
			p.add(folders(root, site, "onnxruntime/capi"))
		}
	}
	if m.home != "" {
		p.add(folders(escape(m.home), "Library/Python/3*/lib/python/site-packages", "onnxruntime/capi"))
	}
	return p
}

// system are the folders that installers put libraries into, and those that the loader is told of.
func (m machine) system() place {
	p := place{name: "the system's folders"}
	for _, dir := range []string{
		"/usr/local/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
		"/opt/homebrew/lib", "/opt/onnxruntime/lib",
	} {
		p.folders = append(p.folders, filepath.Join(m.root, dir))
	}
	lists, _ := filepath.Glob(filepath.Join(escape(m.root), "/etc/ld.so.conf.d/*.conf"))
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "/") {
				p.add([]string{filepath.Join(m.root, line)})
			}
		}
	}
	return p
}

func (p *place) add(folders []string) {
	for _, dir := range folders {
		if !slices.Contains(p.folders, dir) {
			p.folders = append(p.folders, dir)
		}
	}
}

// folders are the matches of a path of patterns.
func folders(parts ...string) []string {
	found, _ := filepath.Glob(filepath.Join(parts...))
	return found
}

// escape makes a pattern that matches the path alone.
func escape(path string) string {
	if runtime.GOOS == "windows" { // where patterns know no escapes
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
