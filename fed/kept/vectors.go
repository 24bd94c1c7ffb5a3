package kept

import (
	"fmt"
	"os"
	"sync"
	"unsafe"
)

// Vectors are what the clients keep under one name: for each client a vector of one size, or none. Few clients'
// vectors are kept in memory; those of many lie in a scratch file, so that memory follows the clients at work and not
// all there are.
//
// What Put stores is staged: Get sees it at once, Commit makes it lasting, Rollback forgets it. Get and Put may be
// called by several goroutines.
type Vectors struct {
	size    int
	mu      sync.Mutex
	kept    []place
	staged  map[int]place
	file    *os.File // nil: in memory
	free    []int64  // slots of the file that hold nothing
	spare   [][]float32
	slots   int64
	version []int
}

// place is where a vector lies.
type place struct {
	memory []float32 // nil if it lies in the file
	slot   int64     // from 1 on; 0 if there is no vector
}

func (p place) empty() bool { return p.memory == nil && p.slot == 0 }

// NewVectors returns room for the vectors of so many clients: in memory or, if all of them are larger than so many
// bytes, in a scratch file in dir that goes away with Close or with the process.
func NewVectors(clients, size int, dir string, bytes int64) (*Vectors, error) {
	v := &Vectors{size: size, kept: make([]place, clients), staged: map[int]place{}, version: make([]int, clients)}
	if int64(clients)*int64(size)*4 <= bytes {
		return v, nil
	}
	return v, v.page(dir)
}

// page makes vectors lie in a file from now on.
func (v *Vectors) page(dir string) (err error) {
	if v.file, err = os.CreateTemp(dir, ".kept-*"); err != nil {
		return fmt.Errorf("fed: room for what clients keep: %w", err)
	}
	_ = os.Remove(v.file.Name()) // where a file may be removed while it is open; elsewhere Close does it
	return nil
}

// Size is the length of every vector.
func (v *Vectors) Size() int { return v.size }

// Len is the number of clients.
func (v *Vectors) Len() int { return len(v.kept) }

// Has reports whether client k has a vector.
func (v *Vectors) Has(k int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.at(k).empty()
}

// Version changes whenever client k's vector does.
func (v *Vectors) Version(k int) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.version[k]
}

func (v *Vectors) at(k int) place {
	if p, ok := v.staged[k]; ok {
		return p
	}
	return v.kept[k]
}

// Get returns client k's vector, or nil if there is none. It is to be read only, and until the next Commit or
// Rollback. It may be read into buffer, which has room for it or is nil.
func (v *Vectors) Get(k int, buffer []float32) ([]float32, error) {
	v.mu.Lock()
	p := v.at(k)
	v.mu.Unlock()
	if p.empty() || p.memory != nil {
		return p.memory, nil
	}
	if buffer == nil {
		buffer = make([]float32, v.size)
	}
	buffer = buffer[:v.size]
	if _, err := v.file.ReadAt(raw(buffer), v.offset(p.slot)); err != nil {
		return nil, fmt.Errorf("fed: read what client %d keeps: %w", k, err)
	}
	return buffer, nil
}

// Put stages x, which it copies, as client k's vector.
func (v *Vectors) Put(k int, x []float32) error {
	v.mu.Lock()
	if v.size != len(x) {
		v.mu.Unlock()
		panic(fmt.Sprintf("kept: a vector of %d values among those of %d", len(x), v.size))
	}
	v.version[k]++
	p, again := v.staged[k]
	if !again {
		p = v.take()
		v.staged[k] = p
	}
	v.mu.Unlock()
	if v.file == nil {
		copy(p.memory, x)
		return nil
	}
	if _, err := v.file.WriteAt(raw(x), v.offset(p.slot)); err != nil {
		return fmt.Errorf("fed: store what client %d keeps: %w", k, err)
	}
	return nil
}

// Commit makes what is staged lasting.
func (v *Vectors) Commit() {
	for k, p := range v.staged {
		v.release(v.kept[k])
		v.kept[k] = p
	}
	clear(v.staged)
}

// Rollback forgets what is staged.
func (v *Vectors) Rollback() {
	for k, p := range v.staged {
		v.release(p)
		v.version[k]++
	}
	clear(v.staged)
}

// Close gives the scratch file back.
func (v *Vectors) Close() error {
	if v.file == nil {
		return nil
	}
	err := v.file.Close()
	_ = os.Remove(v.file.Name())
	return err
}

// take finds a place for a vector.
func (v *Vectors) take() place {
	if v.file == nil {
		if n := len(v.spare); n > 0 {
			p := place{memory: v.spare[n-1]}
			v.spare = v.spare[:n-1]
			return p
		}
		return place{memory: make([]float32, v.size)}
	}
	if n := len(v.free); n > 0 {
		p := place{slot: v.free[n-1]}
		v.free = v.free[:n-1]
		return p
	}
	v.slots++
	return place{slot: v.slots}
}

func (v *Vectors) release(p place) {
	switch {
	case p.memory != nil:
		v.spare = append(v.spare, p.memory)
	case p.slot > 0:
		v.free = append(v.free, p.slot)
	}
}

func (v *Vectors) offset(slot int64) int64 { return (slot - 1) * int64(v.size) * 4 }

// raw is the memory of x. The scratch file lives no longer than the process, so it is in the machine's own byte order.
func raw(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}
