package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Verify reads everything: every file against its recorded hash, every feature for being finite. observe, if not nil,
// hears how many of how many files are verified.
func (c *Cache) Verify(ctx context.Context, observe func(done, total int)) error {
	files := c.Manifest.files()
	for i, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := verifyFile(c.Dir, f); err != nil {
			return err
		}
		if observe != nil {
			observe(i+1, len(files))
		}
	}
	for _, s := range c.splits {
		if err := s.eachFile(func(string) {}); err != nil {
			return err
		}
		row := f32.New(1, s.Dim())
		for r := range s.Len() {
			for v := range 1 + s.Views() {
				if err := errors.Join(ctx.Err(), s.GatherViews(row, []int{r}, []int{v})); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// verifyFile compares a file with its recorded hash.
func verifyFile(dir string, f File) error {
	path := filepath.Join(dir, f.Name)
	got, err := hashFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Missingf("cache: %s is missing; make the cache again", path)
	} else if err != nil {
		return fmt.Errorf("cache: read %s: %w", path, err)
	}
	if got != f.SHA256 {
		return fault.Mismatchf("cache: %s has SHA-256 %.12s…, recorded is %.12s…: it was changed or damaged; "+
			"make the cache again", path, got, f.SHA256)
	}
	return nil
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
