package page

import (
	"encoding/binary"
	"errors"
)

var errDelta = errors.New("the differences in a page are damaged")

// deltas decodes n numbers that are kept as differences (DELTA_BINARY_PACKED), in blocks with a smallest difference
// each. Numbers of 32 bits wrap around as such.
func deltas(src []byte, n int, narrow bool) (numbers []int64, rest []byte, err error) {
	var head [3]uint64 // values in a block, miniblocks, all values
	for i := range head {
		v, k := binary.Uvarint(src)
		if k <= 0 {
			return nil, nil, errDelta
		}
		head[i], src = v, src[k:]
	}
	last, k := binary.Varint(src)
	block, minis := head[0], head[1]
	if k <= 0 || block == 0 || block > 1<<16 || minis == 0 || block%minis != 0 || block/minis%8 != 0 {
		return nil, nil, errDelta
	}
	if head[2] != uint64(n) {
		return nil, nil, errShort
	}
	src = src[k:]
	numbers = make([]int64, 0, n)
	words := make([]uint64, block/minis)
	for len(numbers) < n {
		if len(numbers) == 0 {
			numbers = append(numbers, last)
			continue
		}
		least, k := binary.Varint(src)
		if k <= 0 || uint64(len(src)-k) < minis {
			return nil, nil, errDelta
		}
		widths := src[k : k+int(minis)]
		src = src[k+int(minis):]
		for _, width := range widths {
			if len(numbers) == n { // the widths of what is not there do not count
				break
			}
			some := words[:min(len(words), n-len(numbers))]
			packed := src[:min(len(words)*int(width)/8, len(src))] // some writers leave out the end of the last block
			if width > 64 || len(packed)*8 < len(some)*int(width) {
				return nil, nil, errDelta
			}
			unpackWords(some, packed, int(width))
			src = src[len(packed):]
			for _, w := range some {
				if last += least + int64(w); narrow {
					last = int64(int32(last))
				}
				numbers = append(numbers, last)
			}
		}
	}
	return numbers, src, nil
}

// unpackWords takes numbers of up to 64 bits, the low ones first.
func unpackWords(dst []uint64, src []byte, width int) {
	clear(dst)
	for i := range dst {
		for b := range width {
			at := i*width + b
			dst[i] |= uint64(src[at/8]>>(at%8)&1) << b
		}
	}
}

// lengthsFirst are n strings whose lengths come before all of them (DELTA_LENGTH_BYTE_ARRAY).
func lengthsFirst(src []byte, n int) ([][]byte, error) {
	lengths, rest, err := deltas(src, n, true)
	if err != nil {
		return nil, err
	}
	all := make([][]byte, n)
	for i, length := range lengths {
		if length < 0 || length > int64(len(rest)) {
			return nil, errDelta
		}
		all[i], rest = rest[:length:length], rest[length:]
	}
	return all, nil
}

// prefixed are n strings, of which each begins as the one before for so many bytes (DELTA_BYTE_ARRAY). Few bytes can
// make many so; how many is known before room is made for them.
func prefixed(src []byte, n int) ([][]byte, error) {
	prefixes, rest, err := deltas(src, n, true)
	if err != nil {
		return nil, err
	}
	all, err := lengthsFirst(rest, n)
	if err != nil {
		return nil, err
	}
	whole, last := int64(0), int64(0)
	for i, prefix := range prefixes {
		if prefix < 0 || prefix > last {
			return nil, errDelta
		}
		last = prefix + int64(len(all[i]))
		if whole += last; whole > mostBytes(int64(len(src))) {
			return nil, refuse("the %d values of a page have more bytes than a page should; "+
				"write the table anew with smaller pages", n)
		}
	}
	out := make([]byte, 0, whole)
	var before []byte
	for i, prefix := range prefixes {
		at := len(out)
		out = append(append(out, before[:prefix]...), all[i]...)
		before = out[at:len(out):len(out)]
		all[i] = before
	}
	return all, nil
}
