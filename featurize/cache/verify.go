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

// Check compares the files that Map does not read, above all the image features, with their recorded hashes. It takes a
// second a gigabyte for the first time, and no time as long as they do not change. Thumbnails, on which nothing but
// pictures depends, are left to Pictures.
func (c *Cache) Check(ctx context.Context) error {
	k, fresh := recall(c.Dir), false
	for _, s := range c.splits {
		files := []*File{&s.info.Features, s.info.Views, s.info.Files, s.info.Clients}
		for i := range s.info.Tokens {
			files = append(files, &s.info.Tokens[i])
		}
		for _, f := range files {
			if f == nil || k.has(*f) {
				continue
			}
			before, unidentified := identify(filepath.Join(c.Dir, f.Name))
			if err := verifyFile(ctx, c.Dir, *f); err != nil {
				return err
			}
			if unidentified == nil && before.Size >= knownSize {
				k.Files[f.Name] = right{f.SHA256, before}
				fresh = true
			}
		}
	}
	if fresh {
		k.keep()
	}
	return nil
}

// Verify reads everything: every file against its recorded hash, every feature for being finite. observe, if not nil,
// hears how many of how many files are verified.
func (c *Cache) Verify(ctx context.Context, observe func(done, total int)) error {
	files := c.Manifest.files()
	for i, f := range files {
		if err := verifyFile(ctx, c.Dir, f); err != nil {
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
		if err := s.checkThumbs(); err != nil {
			return err
		}
		if s.tokens != nil {
			if err := s.tokens.verify(ctx); err != nil {
				return err
			}
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
func verifyFile(ctx context.Context, dir string, f File) error {
	path := filepath.Join(dir, f.Name)
	got, err := hashFile(ctx, path)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return fault.Missingf("cache: %s is missing; make the cache again", path)
	case err != nil:
		return fmt.Errorf("cache: read %s: %w", path, err)
	}
	if got != f.SHA256 {
		return fault.Mismatchf("cache: %s has SHA-256 %.12s…, recorded is %.12s…: it was changed or damaged; "+
			"make the cache again", path, got, f.SHA256)
	}
	return nil
}

// hashFile is the SHA-256 of a file's content.
func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, buffer := sha256.New(), make([]byte, 1<<18)
	for err == nil {
		var n int
		n, err = f.Read(buffer)
		_, _ = sum.Write(buffer[:n]) // a hash takes everything
		err = errors.Join(err, ctx.Err())
	}
	if !errors.Is(err, io.EOF) || ctx.Err() != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
