package hub

import (
	"sync"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/wire"
)

// seat is what the hub knows of a site in a run.
type seat struct {
	client int
	name   string
	busy   sync.Mutex // one message at a time
	mu     sync.Mutex // of what follows
	held   []task     // that wait for the next message
	states map[int]string
	state  string // the newest
}

// task is a task with what it needs, before it is packed.
type task struct {
	wire.Task
	call     fed.Call
	vectors  fed.Message
	subtract []float32
}

// after is the site's state after so many rounds.
func (s *seat) after(rounds int, before []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest, state := -1, ""
	if before != nil {
		state = before[s.client]
	}
	for round, name := range s.states {
		if round < rounds && round > newest {
			newest, state = round, name
		}
	}
	return state
}

// hold keeps a task for the next message.
func (s *seat) hold(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, t)
}

// take empties what is held.
func (s *seat) take() []task {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held
	s.held = nil
	return held
}

// back puts tasks back that were taken, before what has come since.
func (s *seat) back(tasks []task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(tasks, s.held...)
}
