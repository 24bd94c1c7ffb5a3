package jpeg

// lookup is the number of bits that are decoded with one look into a table.
const lookup = 10

// huffman decodes one Huffman code (Annex C and F.2.2.3).
type huffman struct {
	// fast is indexed by the next bits. An entry is 0 where the code is longer than that; else it holds
	//
	//	bits 0–5    how many bits are done with,
	//	bit 7       complete: the bits of the value that follows the code were among them,
	//	bits 8–11   the upper half of the symbol, the run of zeros,
	//	bits 12–15  the lower half, the number of bits of the value,
	//	bits 16–31  the value if complete.
	fast   [1 << lookup]uint32
	limit  [17]uint32 // by length, the first 16 bits that follow all codes of at most that length
	offset [17]int    // by length, what to add to a code to have the index of its symbol
	values [256]byte
}

const complete = 1 << 7

// build makes the table from the number of codes of each length 1 to 16, and the symbols by increasing code.
func (h *huffman) build(counts *[16]byte, symbols []byte, dc bool) error {
	clear(h.fast[:])
	copy(h.values[:], symbols)
	code, i := 0, 0
	for length := 1; length <= 16; length++ {
		h.offset[length] = i - code
		for range counts[length-1] {
			if dc && symbols[i] > 15 {
				return damaged("a difference of %d bits in a Huffman table", symbols[i])
			}
			if length <= lookup && code < 1<<length {
				h.fill(code, length, symbols[i], dc)
			}
			code++
			i++
		}
		if counts[length-1] > 0 && code >= 1<<length { // a code of ones alone is not allowed either
			return damaged("a Huffman table of more codes than there can be")
		}
		h.limit[length] = uint32(code) << (16 - length)
		code <<= 1
	}
	return nil
}

// fill enters a code that is no longer than lookup, with each continuation.
func (h *huffman) fill(code, length int, symbol byte, dc bool) {
	run, size := uint32(symbol>>4), int(symbol&15)
	left := lookup - length
	for rest := range 1 << left {
		e := run<<8 | uint32(size)<<12
		switch {
		case size > 0 && size <= left:
			e |= complete | uint32(length+size) | uint32(extend(uint64(rest)<<(64-left), uint(size)))<<16
		case size == 0 && dc:
			e |= complete | uint32(length)
		default:
			e |= uint32(length)
		}
		h.fast[code<<left|rest] = e
	}
}

// long decodes a code that is longer than lookup from the top of acc. The length is 0 where there is no such code.
func (h *huffman) long(acc uint64) (symbol byte, length uint) {
	next := uint32(acc >> 48)
	for l := lookup + 1; l <= 16; l++ {
		if next < h.limit[l] {
			return h.values[(int(next>>(16-l))+h.offset[l])&255], uint(l)
		}
	}
	return 0, 0
}

// extend is the signed value of which the size ≥ 1 bits at the top of acc are the code (F.2.2.1, Table F.1): those that
// begin with a 0 stand for the negative numbers.
func extend(acc uint64, size uint) int64 {
	negative := ^(int64(acc) >> 63)
	return int64(acc>>((64-size)&63)) + (int64(-1)<<(size&63)+1)&negative
}
