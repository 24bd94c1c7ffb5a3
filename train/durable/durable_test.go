package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// faulty fails the n-th call to the file system, counting from 0, and counts all.
type faulty struct {
	disk
	n, calls *int
	err      error
}

func (f faulty) due() error {
	*f.calls++
	if *f.calls-1 == *f.n {
		return f.err
	}
	return nil
}

func (f faulty) CreateTemp(dir, pattern string) (file, error) {
	if err := f.due(); err != nil {
		return nil, err
	}
	real, err := f.disk.CreateTemp(dir, pattern)
	return faultyFile{real, f}, err
}
func (f faulty) Rename(from, to string) error {
	if err := f.due(); err != nil {
		return err
	}
	return f.disk.Rename(from, to)
}
func (f faulty) SyncDir(dir string) error {
	if err := f.due(); err != nil {
		return err
	}
	return f.disk.SyncDir(dir)
}

type faultyFile struct {
	file
	sys faulty
}

func (f faultyFile) Write(b []byte) (int, error) {
	if err := f.sys.due(); err != nil {
		n, _ := f.file.Write(b[:len(b)/2]) // a full disk takes a part
		return n, err
	}
	return f.file.Write(b)
}
func (f faultyFile) Chmod(m fs.FileMode) error { return errors.Join(f.sys.due(), f.file.Chmod(m)) }
func (f faultyFile) Sync() error               { return errors.Join(f.sys.due(), f.file.Sync()) }
func (f faultyFile) Close() error              { return errors.Join(f.sys.due(), f.file.Close()) }

func TestEveryFailureLeavesOldOrNew(t *testing.T) {
	const old, fresh = "the old content", "the new content, which is longer"
	for n := 0; ; n++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "f.json")
		if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
			t.Fatal(err)
		}
		calls := 0
		err := writeFile(faulty{n: &n, calls: &calls, err: syscall.ENOSPC}, path, func(w io.Writer) error {
			_, err := io.WriteString(w, fresh)
			return err
		})
		got, readErr := os.ReadFile(path)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if calls <= n { // no call was left to fail
			if err != nil || string(got) != fresh {
				t.Fatalf("undisturbed write: %q, %v", got, err)
			}
			if n < 6 {
				t.Fatalf("only %d calls were tried", n)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), "free some space") || !strings.Contains(err.Error(), path) {
			t.Errorf("call %d: error %v does not help", n, err)
		}
		if s := string(got); s != old && s != fresh {
			t.Errorf("call %d left %q", n, s)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
			t.Errorf("call %d left %v behind", n, left)
		}
	}
}

func TestWriterErrorKeepsTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := WriteFile(path, func(w io.Writer) error { fmt.Fprint(w, "half"); return stop })
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("file now holds %q", got)
	}
}

func TestWriteJSONAndAppendLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteJSON(path, map[string]int{"a": 1}); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line := make([]byte, 3, 10)
	copy(line, "xyz")
	if err := AppendLine(f, line); err != nil {
		t.Fatal(err)
	}
	if line[:4][3] != 0 {
		t.Error("AppendLine wrote into the caller's slice")
	}
	if got, _ := os.ReadFile(path); string(got) != "{\n  \"a\": 1\n}\nxyz\n" {
		t.Errorf("got %q", got)
	}
	missing := filepath.Join(t.TempDir(), "no", "folder")
	if err := WriteFile(missing, func(io.Writer) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
}
