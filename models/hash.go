package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Hash returns the SHA-256 of every file that the model's embeddings depend on, by its path in the folder: towers with
// the weight files they refer to, configs and vocabulary. It reads all of them, about a second for each gigabyte.
func (m *Model) Hash(ctx context.Context) (map[string]string, error) {
	sums := make(map[string]string, len(m.files))
	for _, name := range m.files {
		if _, done := sums[name]; done {
			continue // towers may share a file
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
