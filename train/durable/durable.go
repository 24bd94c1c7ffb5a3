// Package durable writes files that survive a crash.
//
// A finished file is either the old one or the new one, never half of either: content goes to a temporary name in the
// same folder, is flushed to the disk, and takes the final name in one step. Journals grow by whole lines.
package durable

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// WriteFile creates or replaces the file at path with what write produces. The folder must exist. On any error the
// previous file, if there was one, is still in place.
func WriteFile(path string, write func(io.Writer) error) error { return writeFile(disk{}, path, write) }

// WriteJSON stores v as indented JSON with a final newline.
func WriteJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeIndented(path, data)
}

// writeIndented stores JSON over lines, with a final newline.
func writeIndented(path string, object []byte) error {
	return WriteFile(path, func(w io.Writer) error {
		if err := indent(w, object); err != nil {
			return err
		}
		_, err := io.WriteString(w, "\n")
		return err
	})
}

// AppendLine adds one line to a journal and flushes it to the disk. line must not contain a newline.
func AppendLine(f *os.File, line []byte) error {
	if _, err := f.Write(append(line[:len(line):len(line)], '\n')); err != nil {
		return explain(f.Name(), err)
	}
	return explain(f.Name(), f.Sync())
}

// file is the part of os.File that a write needs.
type file interface {
	io.Writer
	Name() string
	Chmod(fs.FileMode) error
	Sync() error
	Close() error
}

// system is every call that can fail on the way to a finished file; tests fail each in turn.
type system interface {
	CreateTemp(dir, pattern string) (file, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(dir string) error
}

func writeFile(sys system, path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := sys.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return explain(path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()            // closing twice is harmless
			_ = sys.Remove(f.Name()) // the error in hand matters more
			err = explain(path, err)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<16)
	if err = write(buffered); err != nil {
		return err
	}
	if err = buffered.Flush(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = sys.Rename(f.Name(), path); err != nil {
		return err
	}
	return sys.SyncDir(dir)
}

// explain names the file, and for a full disk the remedy.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("write %s: %w: free some space and run the command again, "+
			"with --resume if it has that; what was finished is kept", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("write %s: %w: choose a folder that you may write to", path, err)
	default:
		return fmt.Errorf("write %s: %w", path, err)
	}
}

// disk is the real file system.
type disk struct{}

func (disk) CreateTemp(dir, pattern string) (file, error) { return os.CreateTemp(dir, pattern) }
func (disk) Rename(from, to string) error                 { return os.Rename(from, to) }
func (disk) Remove(path string) error                     { return os.Remove(path) }

// SyncDir makes a rename in dir durable. Systems that cannot flush a folder report that as invalid; there the rename is
// as durable as it can be.
func (disk) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
