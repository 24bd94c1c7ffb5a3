package jpeg

// block holds 64 dequantised coefficients, two to a word: word 4y + x/2 is coefficient (x, y) for even x plus 2³² times
// that for odd x. Sums and multiples of words are those of both, as long as each stays within 32 bits.
type block [32]int64

// zigzag is the place 8y + x of each coefficient in the order of the file (Figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// word is the word of a block that holds a coefficient, in the order of the file. The places above 63 are where a run
// of zeros ends that goes beyond the block; their factor in a quantiser is 0.
var word = func() (w [128]uint8) {
	for k, z := range zigzag {
		w[k] = z / 2
	}
	return w
}()

// quantiser is what to multiply coefficients with in the order of the file, shifted to their half of the word.
type quantiser [128]int64

func (q *quantiser) set(table *[64]uint16) {
	for k, z := range zigzag {
		q[k] = int64(table[k]) << (32 * (z & 1))
	}
}

// The transform is libjpeg's accurate integer transform: that of Loeffler, Ligtenberg and Moschytz (1989) on columns,
// then on rows, with constants of 13 bits, and 2 bits more than the result's kept in between.
const (
	both     = 1 | 1<<32 // a constant in either half of a word
	unborrow = 1 << 31   // in the lower half, makes it positive, so that a shift finds the upper half unchanged

	columnShift = 13 - 2
	columnRound = both<<(columnShift-1) + unborrow
	rowShift    = 13 + 2 + 3
	rowRound    = both<<(rowShift-1) + both*128<<rowShift + unborrow // 128 is the level shift of A.3.1
)

// clamped limits a signed number of 12 bits to 0–255.
var clamped = func() (t [1 << 12]uint8) {
	for i := range t[:1<<11] {
		t[i] = uint8(min(i, 255))
	}
	return t
}()

// idct writes the samples of the block. last is the index in the order of the file of the last coefficient that is not
// zero, or anything above it.
func (b *block) idct(dst []samples, pitch, last int) {
	switch {
	case last == 0:
		flat(dst, pitch, int32(b[0]))
	case last < 10: // the first four diagonals, within the first four columns and rows
		b.idct4(dst, pitch)
	default:
		b.idct8(dst, pitch)
	}
}

// flat is the transform of a DC coefficient alone: all rounding comes to (c + 4)/8.
func flat(dst []samples, pitch int, dc int32) {
	v := uint16(clamped[((dc+4)>>3+128)&0xfff])
	row := samples{v, v, v, v, v, v, v, v}
	for y := range 8 {
		dst[y*pitch] = row
	}
}

func (b *block) idct8(dst []samples, pitch int) {
	// Word 8y/2 + x is (x, y) for even y plus 2³² times that for odd y: a column's pairs turned into rows'.
	var t [32]int64
	for p := range 4 {
		x0, x1, x2, x3, x4, x5, x6, x7 := b[p], b[p+4], b[p+8], b[p+12], b[p+16], b[p+20], b[p+24], b[p+28]
		if x1|x2|x3|x4|x5|x6|x7 == 0 {
			if x0 != 0 {
				even, odd := int64(int32(x0))<<2*both, (x0+unborrow)>>32<<2*both
				t[2*p], t[2*p+8], t[2*p+16], t[2*p+24] = even, even, even, even
				t[2*p+1], t[2*p+9], t[2*p+17], t[2*p+25] = odd, odd, odd, odd
			}
			continue
		}
		x0, x1, x2, x3, x4, x5, x6, x7 = transform8(x0, x1, x2, x3, x4, x5, x6, x7, columnRound)
		t[2*p], t[2*p+1] = turn(x0, x1)
		t[2*p+8], t[2*p+9] = turn(x2, x3)
		t[2*p+16], t[2*p+17] = turn(x4, x5)
		t[2*p+24], t[2*p+25] = turn(x6, x7)
	}
	for p := range 4 {
		r := (*[8]int64)(t[8*p:])
		x0, x1, x2, x3, x4, x5, x6, x7 := transform8(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], rowRound)
		store(dst[2*p*pitch:], pitch, x0, x1, x2, x3, x4, x5, x6, x7)
	}
}

func (b *block) idct4(dst []samples, pitch int) {
	var t [16]int64
	for p := range 2 {
		x0, x1, x2, x3, x4, x5, x6, x7 := transform4(b[p], b[p+4], b[p+8], b[p+12], columnRound)
		t[2*p], t[2*p+1] = turn(x0, x1)
		t[2*p+4], t[2*p+5] = turn(x2, x3)
		t[2*p+8], t[2*p+9] = turn(x4, x5)
		t[2*p+12], t[2*p+13] = turn(x6, x7)
	}
	for p := range 4 {
		r := (*[4]int64)(t[4*p:])
		x0, x1, x2, x3, x4, x5, x6, x7 := transform4(r[0], r[1], r[2], r[3], rowRound)
		store(dst[2*p*pitch:], pitch, x0, x1, x2, x3, x4, x5, x6, x7)
	}
}

// turn scales rows y and y+1 of columns x and x+1 down and pairs by row what was paired by column.
func turn(y0, y1 int64) (x0, x1 int64) {
	x0 = int64(uint32(y0)>>columnShift) + int64(uint32(y1)>>columnShift)<<32 - both*(unborrow>>columnShift)
	x1 = y0>>(32+columnShift) + y1>>(32+columnShift)<<32
	return x0, x1
}

// store scales two rows down and writes them.
func store(dst []samples, pitch int, x0, x1, x2, x3, x4, x5, x6, x7 int64) {
	r0, r1 := &dst[0], &dst[pitch]
	r0[0], r1[0] = lower(x0), upper(x0)
	r0[1], r1[1] = lower(x1), upper(x1)
	r0[2], r1[2] = lower(x2), upper(x2)
	r0[3], r1[3] = lower(x3), upper(x3)
	r0[4], r1[4] = lower(x4), upper(x4)
	r0[5], r1[5] = lower(x5), upper(x5)
	r0[6], r1[6] = lower(x6), upper(x6)
	r0[7], r1[7] = lower(x7), upper(x7)
}

func lower(x int64) uint16 { return uint16(clamped[x>>rowShift&0xfff]) }
func upper(x int64) uint16 { return uint16(clamped[x>>(32+rowShift)&0xfff]) }
