package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bits hands out the bits of one restart interval. The bytes are freed from stuffing beforehand, so that eight at a
// time can be taken without a look at each.
type bits struct {
	data []byte // followed by 8 zeros
	pos  int    // of the next byte
	acc  uint64 // the next bits from the top; those below the first n are bits of data[pos] onwards, or 0
	n    uint
	cut  bool // the interval ends where the file ends, not at a marker
}

// load is eight bytes from pos on, zeros beyond the end.
func load(data []byte, pos int) uint64 {
	if pos+8 <= len(data) {
		return binary.BigEndian.Uint64(data[pos:])
	}
	return 0
}

// refill brings n to at least 56.
func (b *bits) refill() {
	b.acc |= load(b.data, b.pos) >> (b.n & 63)
	b.pos += int(63-b.n) >> 3
	b.n |= 56
}

// take returns the next count ≤ 16 bits.
func (b *bits) take(count uint) int {
	if b.n < count {
		b.refill()
	}
	v := b.acc >> ((64 - count) & 63)
	if count == 0 {
		return 0
	}
	b.acc <<= count & 63
	b.n -= count
	return int(v)
}

// overrun tells whether more bits were taken than the interval has.
func (b *bits) overrun() bool {
	return 8*b.pos-int(b.n) > 8*(len(b.data)-8)
}

// fail says why decoding cannot go on. Zeros that stand for missing data may look like a code that does not exist,
// before they are taken.
func (b *bits) fail() error {
	switch {
	case 8*b.pos-int(b.n)+16 <= 8*(len(b.data)-8):
		return damaged("a Huffman code that is not in the table, or a run beyond the block")
	case b.cut:
		return errTruncated
	}
	return damaged("a marker in the middle of a scan")
}

// interval takes the entropy-coded bytes from pos up to the next marker (F.1.2.3: a zero byte follows each 0xff that is
// no marker) and returns where they end.
func (b *bits) interval(file []byte, pos int) int {
	buf := b.data[:0]
	cut := true
	for cut {
		i := bytes.IndexByte(file[pos:], 0xff)
		if i < 0 {
			buf = append(buf, file[pos:]...)
			pos = len(file)
			break
		}
		buf = append(buf, file[pos:pos+i]...)
		pos += i
		next := pos + 1
		for next < len(file) && file[next] == 0xff { // fill bytes
			next++
		}
		switch {
		case next == len(file):
			pos = next
		case file[next] == 0:
			buf = append(buf, 0xff)
			pos = next + 1
			continue
		default:
			cut = false
		}
		break
	}
	*b = bits{data: append(buf, 0, 0, 0, 0, 0, 0, 0, 0), cut: cut}
	return pos
}
