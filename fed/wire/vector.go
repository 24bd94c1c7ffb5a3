package wire

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// Packer puts messages into the arrays of one frame; a vector that stands in several of them travels once.
type Packer struct {
	Arrays map[string][]byte
	seen   map[*float32]string
}

// Pack returns the names of the arrays by those of a message's vectors.
func (p *Packer) Pack(m fed.Message) map[string]string {
	if len(m) == 0 {
		return nil
	}
	if p.Arrays == nil {
		p.Arrays, p.seen = map[string][]byte{}, map[*float32]string{}
	}
	names := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v := m[name]
		id := unsafe.SliceData(v)
		array, sent := p.seen[id]
		if !sent || len(v) == 0 {
			array = fmt.Sprintf("%s-%d", name, len(p.Arrays))
			p.Arrays[array] = npy.AppendFloats(npy.AppendHeader(nil, "<f4", len(v)), "<f4", v)
			p.seen[id] = array
		}
		names[name] = array
	}
	return names
}

// Unpack reads the vectors of a message. Numbers that are not finite are refused, and so are vectors longer than most.
func (f Frame) Unpack(names map[string]string, most int) (fed.Message, error) {
	m := fed.Message{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		data, ok := f.Arrays[names[name]]
		if !ok {
			return nil, fault.Corruptf("wire: the vector %.40q is not there", name)
		}
		v, err := vector(data, most)
		if err != nil {
			return nil, fmt.Errorf("wire: the vector %.40q: %w", name, err)
		}
		m[name] = v
	}
	return m, nil
}

// vector reads one array.
func vector(data []byte, most int) ([]float32, error) {
	h, err := npy.ParseHeader(data)
	if err != nil {
		return nil, fault.Corruptf("%w", err)
	}
	if h.DType != "<f4" || len(h.Shape) != 1 || int64(len(data)) != h.Offset+h.Bytes() {
		return nil, fault.Corruptf("type %s and shape %v in %d bytes; want <f4 on one axis",
			h.DType, h.Shape, len(data))
	}
	if h.Len() > most {
		return nil, fault.Corruptf("%d values, at most %d are taken", h.Len(), most)
	}
	v := make([]float32, h.Len())
	if _, err := binary.Decode(data[h.Offset:], binary.LittleEndian, v); err != nil {
		return nil, err
	}
	if !f32.Finite(v) {
		return nil, fault.Corruptf("it has a value that is not finite")
	}
	return v, nil
}
