package page

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// errShort is that there are not as many values as the header of a page says.
var errShort = errors.New("a page does not hold as many values as its header says")

// hybrid decodes len(dst) numbers of so many bits each: runs of equal ones, and eights that are packed, the low bits
// first. Runs that claim more than is wanted are cut: some writers fill up their last one.
func hybrid(dst []uint32, src []byte, width int) error {
	if width > 32 {
		return errors.New("numbers of more than 32 bits in a page")
	}
	for len(dst) > 0 {
		head, n := binary.Uvarint(src)
		if n <= 0 {
			return errShort
		}
		src = src[n:]
		if head&1 == 0 {
			size := (width + 7) / 8
			if len(src) < size {
				return errShort
			}
			var word [4]byte
			copy(word[:], src[:size])
			run := dst[:min(head>>1, uint64(len(dst)))]
			for i := range run {
				run[i] = binary.LittleEndian.Uint32(word[:])
			}
			dst, src = dst[len(run):], src[size:]
			continue
		}
		eights := int(min(head>>1, uint64(len(dst)+7)/8))
		run, packed := dst[:min(8*eights, len(dst))], src[:min(eights*width, len(src))]
		if err := unpackBits(run, packed, width); err != nil {
			return err
		}
		dst, src = dst[len(run):], src[len(packed):]
	}
	return nil
}

// unpackBits takes numbers of so many bits, the low ones first.
func unpackBits(dst []uint32, src []byte, width int) error {
	if len(src)*8 < len(dst)*width {
		return errShort
	}
	var word uint64
	have := 0
	for i := range dst {
		for have < width {
			word |= uint64(src[0]) << have
			src, have = src[1:], have+8
		}
		dst[i] = uint32(word & (1<<width - 1))
		word, have = word>>width, have-width
	}
	return nil
}

// nulls are the rows without a value, by their definition levels: nil if all have one. None of the fields that the
// column lies in is repeated, so there is a level for each row, and the highest means a value.
func nulls(src []byte, rows, highest int) (null []bool, present int, err error) {
	if highest == 0 {
		return nil, rows, nil
	}
	levels := make([]uint32, rows)
	if err := hybrid(levels, src, bits.Len(uint(highest))); err != nil {
		return nil, 0, err
	}
	for i, level := range levels {
		switch {
		case level > uint32(highest):
			return nil, 0, errors.New("a page has levels that its column has not")
		case level == uint32(highest):
			present++
		default:
			if null == nil {
				null = make([]bool, rows)
			}
			null[i] = true
		}
	}
	return null, present, nil
}
