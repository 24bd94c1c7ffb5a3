package cache

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// partsDir holds unfinished work: the parts, the journal that says which of them are whole, and the lock.
const partsDir = ".parts"

// entry is a line of the journal: a part that is on disk.
type entry struct {
	Split   string `json:"split"`
	Part    int    `json:"part"`
	Rows    int    `json:"rows"`
	SHA256  string `json:"sha256"`
	Skipped []Skip `json:"skipped,omitempty"`
}

func (e entry) file() string { return fmt.Sprintf("%s.%05d.npy", e.Split, e.Part) }

// journal is the list of finished parts, on disk line by line. Its first line is the plan's hash.
type journal struct {
	dir     string
	mu      sync.Mutex
	file    *os.File
	entries []entry
}

type header struct {
	Inputs string `json:"inputs_sha256"`
}

// openJournal reads what an earlier process left, if it worked under the same plan, and opens the journal for more. A
// torn last line is dropped: its part is made again.
func openJournal(dir, inputs string) (*journal, error) {
	j := &journal{dir: dir}
	path := filepath.Join(dir, "journal.jsonl")
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
		if j.entries, err = parseJournal(path, data, inputs, dir); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cache: read journal: %w", err)
	}
	err = durable.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		if err := enc.Encode(header{inputs}); err != nil {
			return err
		}
		for _, e := range j.entries {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return nil, fmt.Errorf("cache: open journal: %w", err)
	}
	return j, nil
}

// parseJournal returns the entries whose parts are whole.
func parseJournal(path string, data []byte, inputs, dir string) ([]entry, error) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 64<<20)
	var h header
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &h) != nil {
		return nil, nil // torn before the first part: nothing was done
	}
	if h.Inputs != inputs {
		return nil, fault.Usagef("cache: cannot resume %s: images, classes, model or options differ from those it was begun with; use the same ones, or another --out", filepath.Dir(dir))
	}
	var entries []entry
	for lines.Scan() {
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			break
		}
		if filepath.Base(e.file()) != e.file() {
			return nil, fault.Corruptf("cache: %s names a part outside the folder", path)
		}
		if a, err := npy.Open(filepath.Join(dir, e.file())); err == nil {
			whole := len(a.Shape) == 2 && a.Shape[0] == e.Rows
			if err := a.Close(); err != nil {
				return nil, err
			}
			if whole {
				entries = append(entries, e)
			}
		}
	}
	return entries, nil
}

func (j *journal) add(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := durable.AppendLine(j.file, line); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	j.entries = append(j.entries, e)
	return nil
}

func (j *journal) find(split string, part int) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.entries {
		if j.entries[i].Split == split && j.entries[i].Part == part {
			return &j.entries[i]
		}
	}
	return nil
}

func (j *journal) all() []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]entry{}, j.entries...)
}

func (j *journal) close() error { return j.file.Close() }
