package ortlib

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// traits are what a shared library's file says of itself.
type traits struct {
	format  string   // ELF, Mach-O or PE
	archs   []string // as GOARCH names them, or as the format does
	version string   // "" if it does not say
	another bool     // it is certainly not ONNX Runtime
}

// inspect reads the head of a shared library. The error says what is wrong with it, without its path.
func inspect(path string) (traits, error) {
	f, err := os.Open(path)
	if err != nil {
		return traits{}, errors.Unwrap(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return traits{}, errors.New("it is no file")
	}
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err != nil {
		return traits{}, errors.New("it is no shared library")
	}
	var t traits
	switch {
	case string(magic[:]) == elf.ELFMAG:
		t, err = inspectELF(f)
	case string(magic[:2]) == "MZ":
		t, err = inspectPE(f)
	case slices.Contains([]uint32{macho.Magic64, macho.Magic32}, binary.LittleEndian.Uint32(magic[:])),
		binary.BigEndian.Uint32(magic[:]) == macho.MagicFat:
		t, err = inspectMachO(f)
	default:
		return traits{}, errors.New("it is no shared library")
	}
	if err != nil {
		return traits{}, fmt.Errorf("it is damaged (%w)", err)
	}
	if t.version == "" {
		t.version = versionBeside(path)
	}
	return t, nil
}

// entry is the function by which ONNX Runtime is entered.
const entry = "OrtGetApiBase"

// inspectELF finds the version in the name that the library gives its symbols: VERS_1.27.0.
func inspectELF(r io.ReaderAt) (t traits, err error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return t, err
	}
	arch, known := map[elf.Machine]string{
		elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "386", elf.EM_ARM: "arm",
		elf.EM_RISCV: "riscv64", elf.EM_PPC64: "ppc64le", elf.EM_S390: "s390x", elf.EM_LOONGARCH: "loong64",
	}[f.Machine]
	if !known {
		arch = f.Machine.String()
	}
	t = traits{format: "ELF", archs: []string{arch}}
	symbols, _ := f.DynamicSymbols() // a library need not have them, nor versions
	t.another = !slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == entry })
	versions, _ := f.DynamicVersions()
	for _, v := range versions {
		if number, ok := strings.CutPrefix(v.Name, "VERS_"); ok {
			t.version = number
		}
	}
	return t, nil
}

// idDylib is the load command by which a library says what it is: command, size, offset of the name, time, version.
const idDylib = 0xd

func inspectMachO(r io.ReaderAt) (t traits, err error) {
	t.format = "Mach-O"
	var files []*macho.File
	if fat, err := macho.NewFatFile(r); err == nil {
		for _, a := range fat.Arches {
			files = append(files, a.File)
		}
	} else if f, err := macho.NewFile(r); err == nil {
		files = append(files, f)
	} else {
		return t, err
	}
	for _, f := range files {
		arch := strings.ToLower(strings.TrimPrefix(f.Cpu.String(), "Cpu"))
		t.archs = append(t.archs, arch)
		for _, load := range f.Loads {
			raw := load.Raw()
			if len(raw) >= 20 && f.ByteOrder.Uint32(raw) == idDylib {
				v := f.ByteOrder.Uint32(raw[16:])
				t.version = fmt.Sprintf("%d.%d.%d", v>>16, v>>8&0xff, v&0xff)
			}
		}
	}
	return t, nil
}

// fixedInfo is how Windows marks a file's version resource; the number follows after four bytes. ONNX Runtime's third
// part is not the third of its version.
var fixedInfo = []byte{0xbd, 0x04, 0xef, 0xfe}

func inspectPE(r io.ReaderAt) (t traits, err error) {
	f, err := pe.NewFile(r)
	if err != nil {
		return t, err
	}
	arch, known := map[uint16]string{
		pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_I386: "386",
	}[f.Machine]
	if !known {
		arch = fmt.Sprintf("machine %#x", f.Machine)
	}
	t = traits{format: "PE", archs: []string{arch}}
	if s := f.Section(".rsrc"); s != nil {
		data, err := s.Data()
		if err != nil {
			return t, err
		}
		if _, after, ok := bytes.Cut(data, fixedInfo); ok && len(after) >= 8 {
			v := binary.LittleEndian.Uint32(after[4:])
			t.version = fmt.Sprintf("%d.%d", v>>16, v&0xffff)
		}
	}
	return t, nil
}

var (
	numbered = regexp.MustCompile(`\.(\d+\.\d+(\.\d+)?)(\.dylib)?$`)
	record   = regexp.MustCompile(`-(\d+\.\d+[.\d]*)\.dist-info$`)
)

// versionBeside is the version by the names of files: the library's own, links followed, or, in a Python package, that
// of the package's record.
func versionBeside(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if m := numbered.FindStringSubmatch(filepath.Base(path)); m != nil {
		return m[1]
	}
	if site, ok := strings.CutSuffix(filepath.ToSlash(filepath.Dir(path)), "/onnxruntime/capi"); ok {
		records, _ := filepath.Glob(filepath.Join(filepath.FromSlash(site), "onnxruntime*-*.dist-info"))
		for _, r := range records {
			if m := record.FindStringSubmatch(r); m != nil {
				return m[1]
			}
		}
	}
	return ""
}

// unfit says why a library cannot be used on a platform, or nothing. A library that does not tell its version may be.
func (t traits) unfit(goos, goarch string) string {
	format := map[string]string{"windows": "PE", "darwin": "Mach-O"}[goos]
	if format == "" {
		format = "ELF"
	}
	switch {
	case t.format != format:
		return fmt.Sprintf("it is a library of another system (%s), not of %s", t.format, goos)
	case !slices.Contains(t.archs, goarch):
		return fmt.Sprintf("it is built for %s, and this program for %s", strings.Join(t.archs, " and "), goarch)
	case t.another:
		return "it is another library: it has no " + entry
	case t.version != "" && older(t.version, Required):
		return fmt.Sprintf("it is version %s, older than %s", t.version, Required)
	}
	return ""
}

// older compares version numbers part by part.
func older(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m < n
		}
	}
	return len(x) < len(y)
}
