package ortlib

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// maxLibrary bounds what is unpacked: the largest library is 39 MB.
const maxLibrary = 128 << 20

// extract writes the library in a package to target and returns its hash. A package is told by its content: a gzipped
// tar, as npm pack makes it, or a zip, as wheels are. Members are matched by their whole name and written to a path of
// our own, so no name in the package can lead elsewhere.
func (i installer) extract(ctx context.Context, archive, target string) (sum string, err error) {
	f, err := os.Open(archive)
	if err != nil {
		return "", fault.Missingf("ortlib: open the package: %w", err)
	}
	defer f.Close()
	var magic [4]byte
	n, _ := f.ReadAt(magic[:], 0)
	switch {
	case string(magic[:n]) == "PK\x03\x04":
		return i.fromZip(f, target)
	case string(magic[:min(n, 2)]) == "\x1f\x8b":
		return i.fromTar(ctx, f, target)
	}
	return "", fault.Corruptf("ortlib: %s is no package of ONNX Runtime: neither what `npm pack` makes, nor a wheel",
		archive)
}

// wanted tells whether a member is a library of this platform.
func (i installer) wanted(name string) bool {
	return slices.ContainsFunc(i.rows, func(p published) bool { return p.member == name })
}

func (i installer) fromTar(ctx context.Context, f *os.File, target string) (string, error) {
	zr, err := gzip.NewReader(f)
	if err != nil {
		return "", damaged(f.Name(), err)
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == io.EOF:
			return "", i.absent(f.Name())
		case err != nil:
			return "", damaged(f.Name(), err)
		case i.wanted(h.Name):
			return i.put(target, f.Name(), h.Name, h.FileInfo(), tr)
		}
	}
}

func (i installer) fromZip(f *os.File, target string) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", damaged(f.Name(), err)
	}
	zr, err := zip.NewReader(f, info.Size())
	if err != nil {
		return "", damaged(f.Name(), err)
	}
	for _, m := range zr.File {
		if !i.wanted(m.Name) {
			continue
		}
		r, err := m.Open()
		if err != nil {
			return "", damaged(f.Name(), err)
		}
		defer r.Close()
		return i.put(target, f.Name(), m.Name, m.FileInfo(), r)
	}
	return "", i.absent(f.Name())
}

// put writes a member to target, where it appears only if its hash is one of this platform's.
func (i installer) put(target, archive, member string, info fs.FileInfo, r io.Reader) (sum string, err error) {
	if !info.Mode().IsRegular() || info.Size() <= 0 || info.Size() > maxLibrary {
		return "", fault.Corruptf("ortlib: %s in %s is not a plain file of at most %d MB",
			member, archive, maxLibrary>>20)
	}
	err = durable.WriteFile(target, func(w io.Writer) error {
		h := sha256.New()
		n, err := io.Copy(io.MultiWriter(reporting{w}, h), io.LimitReader(r, info.Size()))
		if err == nil && n != info.Size() {
			err = io.ErrUnexpectedEOF
		}
		if disk := (writing{}); errors.As(err, &disk) {
			return disk.error
		} else if err != nil {
			return damaged(archive, err)
		}
		sum = hex.EncodeToString(h.Sum(nil))
		return i.judge(sum, archive)
	})
	if err != nil {
		return "", fmt.Errorf("ortlib: %w", err)
	}
	return sum, nil
}

// judge refuses a hash that is none of this platform's.
func (i installer) judge(sum, archive string) error {
	for _, p := range i.all {
		switch {
		case p.sum != sum:
		case p.platform == i.rows[0].platform:
			return nil
		default:
			return fault.Mismatchf("%s is the package for %s, not for %s", archive, p.platform, i.rows[0].platform)
		}
	}
	return fault.Mismatchf("the library in %s has SHA-256 %s, which is none of those known for ONNX Runtime %s on %s: "+
		"it is another build, or was changed", archive, sum, Version, i.rows[0].platform)
}

func (i installer) absent(archive string) error {
	var members []string
	for _, p := range i.rows {
		members = append(members, p.member)
	}
	return fault.Corruptf("ortlib: %s holds no %s: is it %s?",
		archive, strings.Join(members, " or "), strings.Join(i.packages(), " or "))
}

func damaged(archive string, err error) error {
	return fault.Corruptf("ortlib: read %s: %w: the package is damaged or not whole", archive, err)
}

// writing marks an error of the disk, not of the package.
type writing struct{ error }

// reporting marks the errors of a writer.
type reporting struct{ io.Writer }

func (r reporting) Write(p []byte) (int, error) {
	n, err := r.Writer.Write(p)
	if err != nil {
		err = writing{err}
	}
	return n, err
}
