package cache

import (
	"bufio"
	"bytes"
	"context"
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
)

// partsDir holds unfinished work: the parts, the journal that says which of them are whole, and the lock.
const partsDir = ".parts"

// entry is a line of the journal: a part that is on disk, or a file that there is once.
type entry struct {
	Split   string `json:"split,omitempty"`
	Part    int    `json:"part"`
	Once    string `json:"once,omitempty"` // the file, where this is no part
	Rows    int    `json:"rows"`
	SHA256  string `json:"sha256"`
	List    string `json:"list_sha256,omitempty"`
	Clients string `json:"clients_sha256,omitempty"`
	Tokens  string `json:"tokens_sha256,omitempty"` // of a file in the cache's folder
	Skipped []Skip `json:"skipped,omitempty"`
	// PerClass says how many images of a class thumbnails are of.
	PerClass int `json:"per_class,omitempty"`
}

// file holds the part's features, list a line "label name" for each of its rows, and clients, if the split has any, a
// line with the client.
func (e entry) file() string {
	if e.Once != "" {
		return e.Once
	}
	return fmt.Sprintf("%s.%05d.npy", e.Split, e.Part)
}

func (e entry) list() string    { return fmt.Sprintf("%s.%05d.txt", e.Split, e.Part) }
func (e entry) clients() string { return fmt.Sprintf("%s.%05d.clients.txt", e.Split, e.Part) }

// journal is the list of finished parts, on disk line by line. Its first line says what is being made.
type journal struct {
	dir     string
	of      header
	mu      sync.Mutex
	file    *os.File          // nil if it is only read
	entries map[string]*entry // by file
}

// header is the first line: the hash of the contents, and which shard of it.
type header struct {
	Inputs string `json:"inputs_sha256"`
	Shard
}

// readJournal reads what an earlier process left, if it worked at the same thing. A torn last line is dropped: its
// part is made again.
func readJournal(dir string, of header) (*journal, error) {
	j := &journal{dir: dir, of: of, entries: map[string]*entry{}}
	path := filepath.Join(dir, journalFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	} else if err != nil {
		return nil, fmt.Errorf("cache: read journal: %w", err)
	}
	return j, j.parse(path, data)
}

const journalFile = "journal.jsonl"

// openJournal is readJournal, open for more. Parts that are missing or damaged are forgotten, to be made again.
func openJournal(dir string, of header) (*journal, error) {
	j, err := readJournal(dir, of)
	if err != nil {
		return nil, err
	}
	for name, e := range j.entries {
		if j.whole(e) != nil {
			delete(j.entries, name)
		}
	}
	path := filepath.Join(dir, journalFile)
	err = durable.WriteFile(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		if err := enc.Encode(of); err != nil {
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

// parse takes over the entries. A later line for a part stands for it.
func (j *journal) parse(path string, data []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 64<<20)
	var h header
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &h) != nil {
		return nil // torn before the first part: nothing was done
	}
	if h.Inputs != j.of.Inputs {
		return fault.Usagef("cache: cannot resume %s: images, classes, model or options differ from those it was "+
			"begun with; use the same ones, or another --out", filepath.Dir(j.dir))
	}
	if h.Shard != j.of.Shard {
		return fault.Usagef("cache: %s holds %s, unfinished, not %s; give each its own --out",
			filepath.Dir(j.dir), h.Shard.what(), j.of.Shard.what())
	}
	for lines.Scan() {
		e := &entry{}
		if json.Unmarshal(lines.Bytes(), e) != nil {
			break
		}
		if filepath.Base(e.file()) != e.file() {
			return fault.Corruptf("cache: %s names a part outside the folder", path)
		}
		j.entries[e.file()] = e
	}
	return nil
}

// whole compares the files of an entry with their recorded hashes.
func (j *journal) whole(e *entry) error {
	if err := sameHash(j.dir, e.file(), e.SHA256); err != nil || e.Once != "" {
		return err
	}
	if e.Tokens != "" {
		if err := sameHash(filepath.Dir(j.dir), tokensFile(e.Split, e.Part), e.Tokens); err != nil {
			return err
		}
	}
	if err := sameHash(j.dir, e.list(), e.List); err != nil || e.Clients == "" {
		return err
	}
	return sameHash(j.dir, e.clients(), e.Clients)
}

func sameHash(dir, name, want string) error {
	path := filepath.Join(dir, name)
	got, err := hashFile(context.Background(), path)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && got != want) {
		return fault.Mismatchf("cache: %s is missing or damaged; run the command that made it again with --resume",
			path)
	}
	return err
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

// once is the entry of a file that there is once, or nil.
func (j *journal) once(name string) *entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries[name]
}

// close ends writing; a second call does nothing.
func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}
