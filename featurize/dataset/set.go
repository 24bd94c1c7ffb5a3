package dataset

import "fmt"

// Reader fetches the bytes of an image. It is safe for concurrent use.
type Reader interface {
	Read(Item) ([]byte, error)
	Close() error
}

// Set is the Source that a Builder makes.
type Set struct {
	root    string
	classes []string
	list    *List
	rows    map[Split][]int32 // of the list, in order
	images  Reader
	about   About
}

// Classes, Len, At, Read and About are those of Source.
func (s *Set) Classes() []string               { return s.classes }
func (s *Set) Len(split Split) int             { return len(s.rows[split]) }
func (s *Set) At(p Split, i int) (Item, error) { return s.list.At(int(s.rows[p][i])) }
func (s *Set) Read(it Item) ([]byte, error)    { return s.images.Read(it) }
func (s *Set) About() About                    { return s.about }

// Root is where the set was found, at the place that was asked for or below.
func (s *Set) Root() string { return s.root }

// Note adds a sentence to what About says.
func (s *Set) Note(format string, args ...any) {
	s.about.Notes = append(s.about.Notes, fmt.Sprintf(format, args...))
}

// Close releases files.
func (s *Set) Close() error {
	err := s.list.Close()
	if s.images != nil {
		if e := s.images.Close(); err == nil {
			err = e
		}
	}
	return err
}
