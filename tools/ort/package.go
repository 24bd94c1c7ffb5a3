package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// maxLibrary bounds what is unpacked: the largest library is 39 MB.
const maxLibrary = 128 << 20

// pack fetches the package into dir and returns the archive's path. Install scripts do not run.
func pack(ctx context.Context, dir string) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("npm is not installed: install Node.js, or run "+
			"\"npm pack onnxruntime-node@%s\" on another machine and pass the file with -package", version)
	}
	cmd := exec.CommandContext(ctx, npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", dir,
		"onnxruntime-node@"+version)
	cmd.Dir = dir
	var report bytes.Buffer
	cmd.Stdout, cmd.Stderr = &report, &report
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", errors.New("interrupted")
		}
		return "", fmt.Errorf("npm pack onnxruntime-node@%s: %w\n%s\n"+
			"without a network, run npm pack on another machine and pass the file with -package",
			version, err, bytes.TrimSpace(report.Bytes()))
	}
	return filepath.Join(dir, "onnxruntime-node-"+version+".tgz"), nil
}

// extract writes one member of the archive to target, which appears only if its hash is right.
func extract(archive string, want library, target string) error {
	f, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", archive, err)
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if err == io.EOF {
			return fmt.Errorf("%s holds no %s: is it onnxruntime-node %s?", archive, want.member, version)
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", archive, err)
		}
		// Members are matched by their whole name and written to a path of our own, so no name in the archive can
		// lead elsewhere.
		if h.Name != "package/"+want.member {
			continue
		}
		if h.Typeflag != tar.TypeReg || h.Size <= 0 || h.Size > maxLibrary {
			return fmt.Errorf("%s: %s is not a plain file of at most %d MB", archive, h.Name, maxLibrary>>20)
		}
		return place(target, io.LimitReader(tr, h.Size), want.sum)
	}
}

// place writes r to target by way of a temporary file in the same folder, and refuses content with another hash.
func place(target string, r io.Reader, sum string) error {
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	tmp, err := os.CreateTemp(dir, "*.tmp")
	if err != nil {
		return fmt.Errorf("write to %s: %w", dir, err)
	}
	defer os.Remove(tmp.Name())
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(tmp, h), r)
	err = errors.Join(err, tmp.Chmod(0o755), tmp.Sync(), tmp.Close())
	if err != nil {
		return fmt.Errorf("unpack %s: %w", target, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("the library has SHA-256 %s, but sha256.txt asks for %s: "+
			"it is not the release that this project was tested with", got, sum)
	}
	if err := os.Rename(tmp.Name(), target); err != nil {
		return fmt.Errorf("install %s: %w", target, err)
	}
	return nil
}
