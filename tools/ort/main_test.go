package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func archive(t *testing.T, name string, typ byte, content string) string {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	h := &tar.Header{Name: name, Typeflag: typ, Mode: 0o644, Size: int64(len(content))}
	if typ == tar.TypeSymlink {
		h.Size, h.Linkname = 0, "/etc/passwd"
	}
	if err := tw.WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	if h.Size > 0 {
		if _, err := io.WriteString(tw, content); err != nil {
			t.Fatal(err)
		}
	}
	tw.Close()
	zw.Close()
	file := filepath.Join(t.TempDir(), "p.tgz")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTableNamesEveryPlatform(t *testing.T) {
	for _, p := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"} {
		if _, err := lookup(table, p); err != nil {
			t.Error(err)
		}
	}
	if _, err := lookup(table, "plan9/386"); err == nil || !strings.Contains(err.Error(), "ONNXRUNTIME_LIB") {
		t.Errorf("unknown platform: %v", err)
	}
}

func TestExtract(t *testing.T) {
	sum := sha256.Sum256([]byte("library"))
	want := library{sum: hex.EncodeToString(sum[:]), member: "bin/lib.so"}
	target := filepath.Join(t.TempDir(), "new", "lib.so")
	for _, c := range []struct{ name, file, fault string }{
		{"another hash", archive(t, "package/bin/lib.so", tar.TypeReg, "Library"), "SHA-256"},
		{"absent", archive(t, "package/bin/other.so", tar.TypeReg, "library"), "holds no"},
		{"a link", archive(t, "package/bin/lib.so", tar.TypeSymlink, ""), "plain file"},
		{"empty", archive(t, "package/bin/lib.so", tar.TypeReg, ""), "plain file"},
	} {
		if err := extract(c.file, want, target); err == nil || !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, err := os.Stat(target); err == nil {
			t.Fatalf("%s: a refused library was installed", c.name)
		}
	}
	if err := extract(archive(t, "package/bin/lib.so", tar.TypeReg, "library"), want, target); err != nil {
		t.Fatal(err)
	}
	if got, err := hashFile(target); err != nil || got != want.sum {
		t.Errorf("installed %s, %v", got, err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(target), "*.tmp"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
