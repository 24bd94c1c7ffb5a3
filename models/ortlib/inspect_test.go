package ortlib

import (
	"cmp"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"path/filepath"
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	good := fakeELF(elf.EM_X86_64, "1.27.0")
	for name, c := range map[string]struct {
		content []byte
		at      string // a file name, where that matters
		goos    string
		version string
		unfit   string // on goos/amd64
	}{
		"linux":          {good, "", "linux", "1.27.0", ""},
		"another system": {good, "", "windows", "1.27.0", "another system (ELF)"},
		"another cpu":    {fakeELF(elf.EM_AARCH64, "1.27.0"), "", "linux", "1.27.0", "built for arm64"},
		"an odd cpu":     {fakeELF(elf.EM_SPARC, "1.27.0"), "", "linux", "1.27.0", "built for EM_SPARC"},
		"old":            {fakeELF(elf.EM_X86_64, "1.17.0"), "", "linux", "1.17.0", "1.17.0, older than 1.24"},
		"another":        {fakeLibrary(elf.EM_X86_64, "1.27.0", "malloc"), "", "linux", "1.27.0", "another library"},
		"just old":       {fakeELF(elf.EM_X86_64, "1.9.9"), "", "linux", "1.9.9", "older"},
		"the oldest":     {fakeELF(elf.EM_X86_64, "1.24.0"), "", "linux", "1.24.0", ""},
		"macOS":          {fakeMachO(macho.CpuAmd64, 1<<16|27<<8), "", "darwin", "1.27.0", ""},
		"macOS on ARM":   {fakeMachO(macho.CpuArm64, 1<<16|27<<8), "", "darwin", "1.27.0", "built for arm64"},
		"Windows":        {fakePE(pe.IMAGE_FILE_MACHINE_AMD64, 1, 27, 1), "", "windows", "1.27", ""},
		"old Windows":    {fakePE(pe.IMAGE_FILE_MACHINE_AMD64, 1, 17, 0), "", "windows", "1.17", "older"},
		"named":          {fakeELF(elf.EM_X86_64, ""), "libonnxruntime.so.1.17.3", "linux", "1.17.3", "older"},
		"unnamed":        {fakeELF(elf.EM_X86_64, ""), "libonnxruntime.so.1", "linux", "", ""},
	} {
		path := save(t, c.content, t.TempDir(), cmp.Or(c.at, "x"))
		got, err := inspect(path)
		if err != nil || got.version != c.version {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if say := got.unfit(c.goos, "amd64"); !strings.Contains(say, c.unfit) || (say == "") != (c.unfit == "") {
			t.Errorf("%s: %q, want %q", name, say, c.unfit)
		}
	}
	for name, c := range map[string]struct {
		content []byte
		fault   string
	}{
		"empty":     {nil, "no shared library"},
		"a text":    {[]byte("INPUT(libonnxruntime.so.1)"), "no shared library"},
		"truncated": {good[:len(good)-100], "damaged"},
		"an MZ":     {[]byte("MZ and nothing else"), "damaged"},
		"a Mach-O":  {fakeMachO(macho.CpuAmd64, 0)[:40], "damaged"},
	} {
		_, err := inspect(save(t, c.content, t.TempDir(), "x"))
		if err == nil || !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := inspect(t.TempDir()); err == nil {
		t.Error("a folder was taken for a library")
	}
}

// A library in a Python package that tells no version has that of the package's record.
func TestVersionOfPythonPackage(t *testing.T) {
	site := t.TempDir()
	path := save(t, fakeELF(elf.EM_X86_64, ""), site, "onnxruntime", "capi", "libonnxruntime.so")
	save(t, nil, site, "onnxruntime_gpu-1.19.2.dist-info", "METADATA")
	if got, err := inspect(path); err != nil || got.version != "1.19.2" {
		t.Errorf("%+v, %v", got, err)
	}
	if got := versionBeside(filepath.Join("elsewhere", "libonnxruntime.so")); got != "" {
		t.Errorf("version %q out of nowhere", got)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(fakeELF(elf.EM_X86_64, "1.27.0"))
	f.Add(fakeMachO(macho.CpuArm64, 1<<16))
	f.Add(fakePE(pe.IMAGE_FILE_MACHINE_AMD64, 1, 27, 0))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, _ = inspect(save(t, content, t.TempDir(), "x"))
	})
}
