package dataset

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/fedpurel/fedpurel/train/fault"
)

// stretches reads images that are stretches of larger files: members of archives, records of arrays.
type stretches struct {
	paths []string // by place.file
	mu    sync.Mutex
	open  map[uint32]*os.File
}

// maxOpen bounds the files that stay open.
const maxOpen = 256

func (s *stretches) Read(it Item) ([]byte, error) {
	p := it.place
	if p.size > maxFile || p.size < 0 || p.offset < 0 || p.offset > math.MaxInt64-p.size {
		return nil, fault.Corruptf("it has %d bytes, more than any picture", p.size)
	}
	f, keep, err := s.file(p.file)
	if err != nil {
		return nil, err
	}
	if !keep {
		defer f.Close()
	}
	data := make([]byte, p.size)
	if _, err := f.ReadAt(data, p.offset); errors.Is(err, io.EOF) {
		return nil, fault.Corruptf("%s ends within it; was the file changed?", filepath.Base(s.paths[p.file]))
	} else if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// file opens a file, once as a rule; keep tells whether it stays open.
func (s *stretches) file(i uint32) (f *os.File, keep bool, err error) {
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

// announce adds a file and returns its number.
func (s *stretches) announce(path string) uint32 {
	s.paths = append(s.paths, path)
	return uint32(len(s.paths) - 1)
}

// hold adds a file that is open, and closes it with the others.
func (s *stretches) hold(f *os.File) uint32 {
	i := s.announce(f.Name())
	if s.open == nil {
		s.open = map[uint32]*os.File{}
	}
	s.open[i] = f
	return i
}

func (s *stretches) Close() error {
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
