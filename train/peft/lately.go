package peft

import (
	"math"
	"slices"
	"sync"

	"github.com/fedpurel/fedpurel/train/f32"
)

// lately are the texts at the parameters that a prompt was last bound to. Evaluation binds it to the same ones for
// every block of images, and a client to those of a global model that stands still in every step, side by side with
// others. Several goroutines may use it.
type lately struct {
	mu  sync.Mutex
	all []known // the latest first
}

// known are texts T' at parameters.
type known struct {
	p, unit []float32
	length  []float64
}

// atMostKnown is several for every client that works at a time.
const atMostKnown = 32

// find returns copies in m.
func (l *lately) find(m *f32.Arena, p []float32, cols int) (unit f32.Matrix, length []float64, is bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.all, func(k known) bool { return slices.EqualFunc(k.p, p, sameBits) })
	if at < 0 {
		return unit, nil, false
	}
	k := l.all[at]
	l.first(at, k)
	unit, length = m.Matrix(len(k.length), cols), m.Float64s(len(k.length))
	copy(unit.Data, k.unit)
	copy(length, k.length)
	return unit, length, true
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// first moves those with the number at to the front, as k.
func (l *lately) first(at int, k known) {
	copy(l.all[1:at+1], l.all[:at])
	l.all[0] = k
}

// put takes copies, in the place of what nobody has asked for longest.
func (l *lately) put(p, unit []float32, length []float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) < atMostKnown {
		l.all = append(l.all, known{})
	}
	last := len(l.all) - 1
	k := l.all[last]
	l.first(last, known{append(k.p[:0], p...), append(k.unit[:0], unit...), append(k.length[:0], length...)})
}
