package jpeg

// block decodes a block and dequantises it into dst, which is zero before (F.2.2). It returns the index of the last
// coefficient that it wrote, or −1 for a code that does not exist or a run beyond the end.
func (b *bits) block(dst *block, c *component) int {
	data, pos, acc, n := b.data, b.pos, b.acc, b.n
	q := &c.quant
	if n < 32 { // enough for a code of 16 bits and a value of 15
		acc |= load(data, pos) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56
	}
	e := c.dc.fast[acc>>(64-lookup)]
	length := uint(e & 63)
	value := int64(int32(e) >> 16)
	if e&complete == 0 {
		size := uint(e >> 12 & 15)
		if e == 0 {
			var symbol byte
			if symbol, length = c.dc.long(acc); length == 0 {
				b.pos, b.acc, b.n = pos, acc, n
				return -1
			}
			size = uint(symbol)
		}
		value = 0
		if size > 0 {
			value = extend(acc<<(length&63), size)
			length += size
		}
	}
	acc <<= length & 63
	n -= length
	c.dcPred += int32(value)
	dst[0] = int64(c.dcPred) * q[0]

	ac := c.ac
	k := uint(1)
	for k < 64 {
		if n < 32 {
			acc |= load(data, pos) >> (n & 63)
			pos += int(63-n) >> 3
			n |= 56
		}
		e := ac.fast[acc>>(64-lookup)]
		if e&complete != 0 {
			acc <<= e & 63
			n -= uint(e & 63)
			k += uint(e >> 8 & 15)
			dst[word[k&127]&31] += int64(int32(e)>>16) * q[k&127]
			k++
			continue
		}
		length, run, size := uint(e&63), uint(e>>8&15), uint(e>>12&15)
		if e == 0 {
			var symbol byte
			if symbol, length = ac.long(acc); length == 0 {
				k = 65
				break
			}
			run, size = uint(symbol>>4), uint(symbol&15)
		}
		acc <<= length & 63
		n -= length
		if size == 0 {
			if run < 15 { // the end of the block
				break
			}
			k += 16
			continue
		}
		k += run
		dst[word[k&127]&31] += extend(acc, size) * q[k&127]
		k++
		acc <<= size & 63
		n -= size
	}
	b.pos, b.acc, b.n = pos, acc, n
	if k > 64 {
		return -1
	}
	return int(k) - 1
}

// bufferedBlock decodes a block of a sequential picture that comes in more than one scan.
func (d *decoder) bufferedBlock(c *component, coefs *[64]int16) bool {
	size, ok := d.entropy.symbol(c.dc)
	if !ok {
		return false
	}
	c.dcPred += d.entropy.value(uint(size))
	coefs[0] = int16(c.dcPred)
	for k := 1; k < 64; k++ {
		symbol, ok := d.entropy.symbol(c.ac)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), uint(symbol&15)
		if size == 0 && run < 15 {
			break
		}
		if k += run; k > 63 {
			return false
		}
		coefs[k] = int16(d.entropy.value(size))
	}
	return true
}

// symbol decodes one Huffman code.
func (b *bits) symbol(h *huffman) (symbol byte, ok bool) {
	if b.n < 32 {
		b.refill()
	}
	length := uint(0)
	for length = 1; length <= 16; length++ {
		if next := uint32(b.acc >> 48); next < h.limit[length] {
			symbol = h.values[(int(next>>(16-length))+h.offset[length])&255]
			break
		}
	}
	if length > 16 {
		return 0, false
	}
	b.acc <<= length
	b.n -= length
	return symbol, true
}

// value takes the bits of a signed value of the given size.
func (b *bits) value(size uint) int32 {
	if size == 0 {
		return 0
	}
	if b.n < size {
		b.refill()
	}
	v := extend(b.acc, size)
	b.acc <<= size
	b.n -= size
	return int32(v)
}
