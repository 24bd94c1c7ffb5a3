// Command ort installs the ONNX Runtime shared library that featurization needs into a folder of this repository.
//
// The library comes out of the npm package onnxruntime-node, fetched by the npm client that is configured on the
// machine; only the file of this platform is unpacked, and only if its SHA-256 is the one in sha256.txt.
// With the right file already in place nothing is fetched.
//
//	go run ./tools/ort [-dir .ort] [-package FILE.tgz]
package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// version is that of the npm package and of the library in it; the Go binding asks for at least 1.24.
const version = "1.27.0"

//go:embed sha256.txt
var table string

func main() {
	dir := flag.String("dir", ".ort", "folder that receives the library")
	archive := flag.String("package", "",
		"use this onnxruntime-node-"+version+".tgz (made by npm pack) instead of fetching it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := install(ctx, *dir, *archive, runtime.GOOS+"/"+runtime.GOARCH, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ort:", err)
		os.Exit(1)
	}
}

// install puts the library of a platform into dir, unless it is there already.
func install(ctx context.Context, dir, archive, platform string, out io.Writer) error {
	want, err := lookup(table, platform)
	if err != nil {
		return err
	}
	target := filepath.Join(dir, path.Base(want.member))
	if sum, err := hashFile(target); err == nil && sum == want.sum {
		_, err := fmt.Fprintf(out, "ONNX Runtime %s is in place: %s\n", version, target)
		return err
	}
	if archive == "" {
		tmp, err := os.MkdirTemp("", "ort-*")
		if err != nil {
			return fmt.Errorf("make a temporary folder: %w", err)
		}
		defer os.RemoveAll(tmp)
		fmt.Fprintf(out, "fetching onnxruntime-node@%s with npm (100 MB)\n", version)
		if archive, err = pack(ctx, tmp); err != nil {
			return err
		}
	}
	if err := extract(archive, want, target); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "ONNX Runtime %s installed: %s\n", version, target)
	return err
}

// library is a row of sha256.txt.
type library struct {
	sum    string // SHA-256 in hex
	member string // path inside the npm package
}

// lookup finds the row of a platform, written GOOS/GOARCH.
func lookup(table, platform string) (library, error) {
	var known []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 3 || len(f[0]) != 2*sha256.Size {
			return library{}, fmt.Errorf("sha256.txt: bad line %q", line)
		}
		if f[1] == platform {
			return library{sum: f[0], member: f[2]}, nil
		}
		known = append(known, f[1])
	}
	return library{}, fmt.Errorf("onnxruntime-node %s has no library for %s (only for %s): "+
		"install ONNX Runtime 1.24 or later yourself and name the file in the environment variable ONNXRUNTIME_LIB",
		version, platform, strings.Join(known, ", "))
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
