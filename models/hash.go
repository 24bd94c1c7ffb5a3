package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Hash returns the SHA-256 of every file that the model's embeddings depend on, by its path in the folder: towers with
// the weight files they refer to, configs and vocabulary. It reads all of them, about a second for each gigabyte.
func (m *Model) Hash(ctx context.Context) (map[string]string, error) {
	names := append([]string(nil), m.files...)
	for _, tower := range []string{m.Vision, m.Text} {
		external, err := m.External(tower)
		if err != nil {
			return nil, err
		}
		names = append(names, external...)
	}
	sums := make(map[string]string, len(names))
	for _, name := range names {
		if _, done := sums[name]; done {
			continue // towers may share a weight file
		}
		sum, err := hash(ctx, m.Folder.FS, name)
		if err != nil {
			return nil, fault.Missingf("models: hash %s of %s: %w", name, m.Folder, err)
		}
		sums[name] = sum
	}
	return sums, nil
}

func hash(ctx context.Context, fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for err == nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		_, err = io.CopyN(h, f, 16<<20)
	}
	if !errors.Is(err, io.EOF) {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// External lists the weight files that a tower keeps beside itself, relative to the folder, and checks that they exist.
// Models beyond 2 GB must use such files, smaller ones may.
func (m *Model) External(tower string) ([]string, error) {
	f, err := m.Folder.FS.Open(tower)
	if err != nil {
		return nil, fault.Missingf("models: open %s of %s: %w", tower, m.Folder, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Missingf("models: open %s of %s: %w", tower, m.Folder, err)
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fault.Errorf(fault.Failure, "models: open %s of %s: its file system has no random access", tower, m.Folder)
	}
	locations, err := externalData(at, info.Size())
	if err != nil {
		return nil, fault.Corruptf("models: read %s of %s: %w: it is no ONNX file, or a truncated one", tower, m.Folder, err)
	}
	var out []string
	for _, l := range locations {
		name := path.Join(path.Dir(tower), l)
		if !fs.ValidPath(l) || !fs.ValidPath(name) {
			return nil, fault.Corruptf("models: read %s of %s: it keeps weights in %q, outside its own folder", tower, m.Folder, l)
		}
		if !isFile(m.Folder.FS, name) {
			return nil, fault.Missingf("models: open %s of %s: its weight file %s is missing", tower, m.Folder, name)
		}
		out = append(out, name)
	}
	return out, nil
}
