package ortlib

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// fakeELF is the least that is a shared library with a version: a table of symbols, and the version's definition.
func fakeELF(machine elf.Machine, version string) []byte { return fakeLibrary(machine, version, entry) }

func fakeLibrary(machine elf.Machine, version, symbol string) []byte {
	names := []byte("\x00VERS_" + version + "\x00" + symbol + "\x00")
	symbols := make([]byte, 2*elf.Sym64Size) // of which the first is none
	binary.LittleEndian.PutUint32(symbols[elf.Sym64Size:], uint32(len("\x00VERS_"+version+"\x00")))
	definition := binary.LittleEndian.AppendUint16(nil, 1) // of the table
	for _, v := range []uint16{0, 2, 1} {                  // flags, index, names
		definition = binary.LittleEndian.AppendUint16(definition, v)
	}
	for _, v := range []uint32{0, 20, 0, 1, 0} { // hash, offset of the name, next; the name, next
		definition = binary.LittleEndian.AppendUint32(definition, v)
	}
	sections := []struct {
		kind elf.SectionType
		link uint32
		data []byte
	}{
		{elf.SHT_NULL, 0, nil},
		{elf.SHT_STRTAB, 0, names},
		{elf.SHT_DYNSYM, 1, symbols},
		{elf.SHT_GNU_VERSYM, 2, make([]byte, 4)},
		{elf.SHT_GNU_VERDEF, 1, definition},
	}
	head := elf.Header64{
		Ident:     [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type:      uint16(elf.ET_DYN),
		Machine:   uint16(machine),
		Version:   1,
		Ehsize:    64,
		Shentsize: 64,
		Shnum:     uint16(len(sections)),
		Shstrndx:  1,
	}
	var table, body bytes.Buffer
	for _, s := range sections {
		offset := 64 + body.Len()
		body.Write(s.data)
		write(&table, elf.Section64{Type: uint32(s.kind), Link: s.link, Off: uint64(offset), Size: uint64(len(s.data))})
	}
	head.Shoff = uint64(64 + body.Len())
	var file bytes.Buffer
	write(&file, head)
	return append(append(file.Bytes(), body.Bytes()...), table.Bytes()...)
}

// fakeMachO is a library of macOS with the load command that has its version.
func fakeMachO(cpu macho.Cpu, version uint32) []byte {
	var file bytes.Buffer
	write(&file, macho.FileHeader{
		Magic: macho.Magic64, Cpu: cpu, Type: macho.TypeDylib, Ncmd: 1, Cmdsz: 32,
	})
	write(&file, [9]uint32{0, idDylib, 32, 24, 0, version, 0, 0, 0})
	return file.Bytes()
}

// fakePE is a library of Windows with a version resource.
func fakePE(machine uint16, major, minor, patch uint16) []byte {
	var file bytes.Buffer
	write(&file, pe.FileHeader{Machine: machine, NumberOfSections: 1, Characteristics: pe.IMAGE_FILE_DLL})
	const size = 24
	section := pe.SectionHeader32{VirtualSize: size, SizeOfRawData: size, PointerToRawData: 60}
	copy(section.Name[:], ".rsrc")
	write(&file, section)
	file.Write(fixedInfo)
	write(&file, struct {
		Structure                  uint32
		Minor, Major, Build, Patch uint16
		Rest                       [2]uint32
	}{0, minor, major, 0, patch, [2]uint32{}})
	dos := append([]byte("MZ"), make([]byte, 94)...)
	dos[0x3c] = 96 // where the file goes on
	binary.LittleEndian.PutUint32(file.Bytes()[20+20:], 96+4+60)
	return append(append(dos, "PE\x00\x00"...), file.Bytes()...)
}

func write(b *bytes.Buffer, v any) {
	if err := binary.Write(b, binary.LittleEndian, v); err != nil {
		panic(err)
	}
}

// save writes a file and the folders above it, and returns its path.
func save(t *testing.T, content []byte, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// member is a file of a package.
type member struct {
	name, content string
	link          bool
}

// tgz makes a package as npm does.
func tgz(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(m.content))}
		if m.link {
			h.Typeflag, h.Linkname, h.Size, m.content = tar.TypeSymlink, "/etc/passwd", 0, ""
		}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// whl makes a package as pip has it.
func whl(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		if m.link {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		w, err := zw.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
