package cache

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
	List    string `json:"list_sha256"`
	Skipped []Skip `json:"skipped,omitempty"`
}

// file holds the part's features, list a line "label name" for each of its rows.
func (e entry) file() string { return fmt.Sprintf("%s.%05d.npy", e.Split, e.Part) }
func (e entry) list() string { return fmt.Sprintf("%s.%05d.txt", e.Split, e.Part) }

// journal is the list of finished parts, on disk line by line. Its first line is the plan's hash.
type journal struct {
	dir, inputs string
	mu          sync.Mutex
	file        *os.File          // nil if it is only read
	entries     map[string]*entry // by file
}

type header struct {
	Inputs string `json:"inputs_sha256"`
}

// readJournal reads what an earlier process left, if it worked under the same plan. A torn last line is dropped: its part is made
// again.
func readJournal(dir, inputs string) (*journal, error) {
	j := &journal{dir: dir, inputs: inputs, entries: map[string]*entry{}}
	path := filepath.Join(dir, "journal.jsonl")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	} else if err != nil {
		return nil, fmt.Errorf("cache: read journal: %w", err)
	}
	return j, j.parse(path, data)
}

// openJournal is readJournal, open for more.
func openJournal(dir, inputs string) (*journal, error) {
	j, err := readJournal(dir, inputs)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "journal.jsonl")
	err = durable.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		if err := enc.Encode(header{inputs}); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(j.entries)) {
			if err := enc.Encode(j.entries[name]); err != nil {
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

// parse takes over the entries whose parts are whole.
func (j *journal) parse(path string, data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 64<<20)
	var h header
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &h) != nil {
		return nil // torn before the first part: nothing was done
	}
	if h.Inputs != j.inputs {
		return fault.Usagef("cache: cannot resume %s: images, classes, model or options differ from those it was begun with; use the same ones, or another --out", filepath.Dir(j.dir))
	}
	for lines.Scan() {
		e := &entry{}
		if json.Unmarshal(lines.Bytes(), e) != nil {
			break
		}
		if filepath.Base(e.file()) != e.file() {
			return fault.Corruptf("cache: %s names a part outside the folder", path)
		}
		if _, err := os.Stat(filepath.Join(j.dir, e.list())); err != nil {
			continue
		}
		if a, err := npy.Open(filepath.Join(j.dir, e.file())); err == nil {
			whole := len(a.Shape) == 2 && a.Shape[0] == e.Rows
			if err := a.Close(); err != nil {
				return err
			}
			if whole {
				j.entries[e.file()] = e
			}
		}
	}
	return nil
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
	j.entries[e.file()] = &e
	return nil
}

func (j *journal) find(split string, part int) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries[entry{Split: split, Part: part}.file()]
}

func (j *journal) close() error { return j.file.Close() }
