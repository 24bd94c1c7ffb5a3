// Package kept stores what clients keep between rounds: vectors by client and name, each name with a length of its own.
//
// What a round stores is staged until the round is known to be good: readers see it at once, Commit makes it lasting,
// Rollback forgets it.
package kept

import (
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Store holds the vectors of all clients by name. Its methods may be called by several goroutines, as long as Commit
// and Rollback run alone.
type Store struct {
	clients int
	dir     string
	bytes   int64
	mu      sync.Mutex
	names   map[string]*Vectors
}

// NewStore returns an empty store for so many clients. A name whose vectors take more than so many bytes, all clients
// together, lies in a scratch file in dir.
func NewStore(clients int, dir string, bytes int64) *Store {
	return &Store{clients: clients, dir: dir, bytes: bytes, names: map[string]*Vectors{}}
}

// In moves scratch files that are still to be made to another folder.
func (s *Store) In(dir string) { s.dir = dir }

// Clients is the number of clients.
func (s *Store) Clients() int { return s.clients }

// Names lists the names under which vectors were stored, in order.
func (s *Store) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Of returns the vectors of a name, or nil if nothing was ever stored under it.
func (s *Store) Of(name string) *Vectors {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[name]
}

// Has reports whether client k keeps anything, under any name.
func (s *Store) Has(k int) bool {
	return slices.ContainsFunc(s.Names(), func(name string) bool { return s.Of(name).Has(k) })
}

// Get returns what client k keeps under a name, or nil. It is to be read only, and until the next Commit or Rollback.
// It may be read into buffer, if that has room for it.
func (s *Store) Get(name string, k int, buffer []float32) ([]float32, error) {
	v := s.Of(name)
	if v == nil {
		return nil, nil
	}
	if len(buffer) < v.Size() {
		buffer = nil
	}
	return v.Get(k, buffer)
}

// Version changes whenever what client k keeps under a name does.
func (s *Store) Version(name string, k int) int {
	if v := s.Of(name); v != nil {
		return v.Version(k)
	}
	return 0
}

// Put stages a copy of x. All vectors of a name have one length.
func (s *Store) Put(name string, k int, x []float32) error {
	v, err := s.open(name, len(x))
	if err != nil {
		return err
	}
	if v.Size() != len(x) {
		return fmt.Errorf("fed: %q has %d values, and had %d", name, len(x), v.Size())
	}
	return v.Put(k, x)
}

func (s *Store) open(name string, size int) (*Vectors, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.names[name], error(nil)
	if v == nil {
		if v, err = NewVectors(s.clients, size, s.dir, s.bytes); err != nil {
			return nil, err
		}
		s.names[name] = v
	}
	return v, nil
}

// Commit makes what is staged lasting.
func (s *Store) Commit() {
	for _, v := range s.names {
		v.Commit()
	}
}

// Rollback forgets what is staged.
func (s *Store) Rollback() {
	for _, v := range s.names {
		v.Rollback()
	}
}

// Close gives scratch files back.
func (s *Store) Close() error {
	var errs []error
	for _, v := range s.names {
		errs = append(errs, v.Close())
	}
	return errors.Join(errs...)
}
