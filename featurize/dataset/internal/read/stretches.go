package read

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Stretches reads images that are stretches of larger files: members of archives, records of arrays.
type Stretches struct {
	paths []string // by Place.File
	mu    sync.Mutex
	open  map[uint32]*os.File
}

// maxOpen bounds the files that stay open.
const maxOpen = 256

// Read reads the stretch at an image's place.
func (s *Stretches) Read(it dataset.Item) ([]byte, error) {
	p := it.Place
	if p.Size > MaxFile || p.Size < 0 || p.Offset < 0 || p.Offset > math.MaxInt64-p.Size {
		return nil, fault.Corruptf("it has %d bytes, more than any picture", p.Size)
	}
	f, keep, err := s.file(p.File)
	if err != nil {
		return nil, err
	}
	if !keep {
		defer f.Close()
	}
	data := make([]byte, p.Size)
	if _, err := f.ReadAt(data, p.Offset); errors.Is(err, io.EOF) {
		return nil, fault.Corruptf("%s ends within it; was the file changed?", filepath.Base(s.paths[p.File]))
	} else if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// file opens a file, once as a rule; keep tells whether it stays open.
func (s *Stretches) file(i uint32) (f *os.File, keep bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.open[i]; f != nil {
		return f, true, nil
	}
	if f, err = os.Open(s.paths[i]); err != nil {
		return nil, false, unreadable(err)
	}
	if len(s.open) >= maxOpen {
		return f, false, nil
	}
	if s.open == nil {
		s.open = map[uint32]*os.File{}
	}
	s.open[i] = f
	return f, true, nil
}

// Announce adds a file and returns its number.
func (s *Stretches) Announce(path string) uint32 {
	s.paths = append(s.paths, path)
	return uint32(len(s.paths) - 1)
}

// Hold adds a file that is open, and closes it with the others.
func (s *Stretches) Hold(f *os.File) uint32 {
	i := s.Announce(f.Name())
	if s.open == nil {
		s.open = map[uint32]*os.File{}
	}
	s.open[i] = f
	return i
}

// Close closes the files.
func (s *Stretches) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var first error
	for _, f := range s.open {
		if err := f.Close(); err != nil && first == nil {
			first = err
		}
	}
	clear(s.open)
	return first
}
