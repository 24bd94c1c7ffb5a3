package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// LockFile is the record of what was fetched, in the folder itself.
const LockFile = "fedpurel.lock.json"

// File is what is known of a file's bytes.
type File struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Lock records where a folder's files come from and what they are.
type Lock struct {
	Repository string          `json:"repository"`
	Revision   string          `json:"revision"`          // commit
	Files      map[string]File `json:"files"`             // by path in the folder, with slashes
	License    string          `json:"license,omitempty"` // of the weights, if the catalogue knows it
}

// ReadLock reads the record of a folder. The error wraps fs.ErrNotExist if there is none.
func ReadLock(dir string) (*Lock, error) {
	data, err := os.ReadFile(filepath.Join(dir, LockFile))
	if err != nil {
		return nil, fault.Missingf("hub: %s has no record of what was fetched: %w", dir, err)
	}
	var l Lock
	err = json.Unmarshal(data, &l)
	for name, f := range l.Files {
		if !fs.ValidPath(name) || len(f.SHA256) != 2*sha256.Size || f.Size < 0 {
			err = fmt.Errorf("the entry of %.80q", name)
		}
	}
	if err == nil && (l.Repository == "" || l.Files == nil) {
		err = errors.New("it names no repository or no files")
	}
	if err != nil {
		return nil, fault.Corruptf("hub: read %s: %w: move it away and pull again; "+
			"the files are then checked against the hub's list", filepath.Join(dir, LockFile), err)
	}
	return &l, nil
}

func (l *Lock) write(dir string) error {
	if err := durable.WriteJSON(filepath.Join(dir, LockFile), l); err != nil {
		return fault.Errorf(fault.Failure, "hub: %w", err)
	}
	return nil
}

// Verify compares the files of a folder with its record. All that differ are named in one error, of kind Mismatch.
func Verify(ctx context.Context, dir string, observe func(done, total int64)) (*Lock, error) {
	l, err := ReadLock(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Missingf("hub: open %s: %w", dir, err)
	}
	defer root.Close()
	var done, total int64
	for _, f := range l.Files {
		total += f.Size
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(l.Files)) {
		s, err := sumFile(ctx, root, name)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, fs.ErrNotExist):
			wrong = append(wrong, fmt.Errorf("%s is missing", name))
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		case s.sha256 != l.Files[name].SHA256:
			wrong = append(wrong, fmt.Errorf("%s has SHA-256 %.16s…, not %.16s…", name, s.sha256, l.Files[name].SHA256))
		}
		done += l.Files[name].Size
		if observe != nil {
			observe(done, total)
		}
	}
	if len(wrong) > 0 {
		return nil, fault.Mismatchf("hub: %s differs from its %s: %w: delete what differs and pull again",
			dir, LockFile, errors.Join(wrong...))
	}
	return l, nil
}

// sums are hashes of a file: SHA-256, and what Git calls a blob of these bytes.
type sums struct {
	sha256, blob string
	size         int64
}

// match tells whether the bytes are the wanted ones; where no SHA-256 is known, those of the Git blob.
func (s sums) match(want string, f *entry) bool {
	switch {
	case want != "":
		return s.sha256 == want
	case f.blob != "":
		return s.blob == f.blob
	}
	return f.size < 0 || s.size == f.size
}

func sumFile(ctx context.Context, root *os.Root, name string) (s sums, err error) {
	f, err := root.Open(name)
	if err != nil {
		return s, err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return s, err
	}
	if !stat.Mode().IsRegular() {
		return s, errors.New("it is no regular file")
	}
	s.size = stat.Size()
	strong, git := sha256.New(), sha1.New() // Git's choice, not ours
	fmt.Fprintf(git, "blob %d\x00", s.size)
	into := io.Writer(strong)
	if s.size < 64<<20 { // larger files are not kept as Git blobs
		into = io.MultiWriter(strong, git)
	}
	for err == nil {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		_, err = io.CopyN(into, f, 16<<20)
	}
	if !errors.Is(err, io.EOF) {
		return s, err
	}
	s.sha256, s.blob = hex.EncodeToString(strong.Sum(nil)), hex.EncodeToString(git.Sum(nil))
	return s, nil
}
