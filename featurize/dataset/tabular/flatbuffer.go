package tabular

import "encoding/binary"

// flat reads a flatbuffer, which Arrow's messages are: tables whose fields are found through a table of offsets.
// Whatever leads out of the buffer sets bad and reads as zero.
type flat struct {
	data []byte
	bad  bool
}

// flatTable is a table at a position of a flatbuffer. The zero position is no table; all its fields are absent.
type flatTable struct {
	*flat
	at int
}

func (f *flat) bytes(at, n int) []byte {
	if at < 0 || n < 0 || at > len(f.data)-n {
		f.bad = true
		return make([]byte, min(max(n, 0), 8))
	}
	return f.data[at : at+n]
}

func (f *flat) u16(at int) int   { return int(binary.LittleEndian.Uint16(f.bytes(at, 2))) }
func (f *flat) u32(at int) int   { return int(binary.LittleEndian.Uint32(f.bytes(at, 4))) }
func (f *flat) i64(at int) int64 { return int64(binary.LittleEndian.Uint64(f.bytes(at, 8))) }

// root is the table that a buffer holds.
func (f *flat) root() flatTable { return flatTable{f, f.u32(0)} }

// field is the position of a field, or 0 if it is absent and has its default.
func (t flatTable) field(slot int) int {
	if t.at == 0 {
		return 0
	}
	offsets := t.at - int(int32(t.u32(t.at)))
	if 4+2*slot >= t.u16(offsets) {
		return 0
	}
	if offset := t.u16(offsets + 4 + 2*slot); offset > 0 {
		return t.at + offset
	}
	return 0
}

// The values of fields: a byte, a short, an int, a long, a table, the positions of a vector's elements, a string.

func (t flatTable) byte(slot int) byte {
	if at := t.field(slot); at > 0 {
		return t.bytes(at, 1)[0]
	}
	return 0
}

func (t flatTable) short(slot int) int {
	if at := t.field(slot); at > 0 {
		return t.u16(at)
	}
	return 0
}

func (t flatTable) int(slot int) int {
	if at := t.field(slot); at > 0 {
		return t.u32(at)
	}
	return 0
}

func (t flatTable) long(slot int) int64 {
	if at := t.field(slot); at > 0 {
		return t.i64(at)
	}
	return 0
}

func (t flatTable) table(slot int) flatTable {
	if at := t.field(slot); at > 0 {
		return flatTable{t.flat, at + t.u32(at)}
	}
	return flatTable{flat: t.flat}
}

// vector is the position and the number of a vector's elements, which have so many bytes each.
func (t flatTable) vector(slot, size int) (at, n int) {
	if at = t.field(slot); at == 0 {
		return 0, 0
	}
	at += t.u32(at)
	n = t.u32(at)
	if n > (len(t.data)-at-4)/size {
		t.bad = true
		return 0, 0
	}
	return at + 4, n
}

// tables are those that a vector holds.
func (t flatTable) tables(slot int) []flatTable {
	at, n := t.vector(slot, 4)
	all := make([]flatTable, n)
	for i := range all {
		all[i] = flatTable{t.flat, at + 4*i + t.u32(at+4*i)}
	}
	return all
}

func (t flatTable) string(slot int) string {
	at, n := t.vector(slot, 1)
	return string(t.bytes(at, n))
}
