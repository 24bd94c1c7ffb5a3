package jpeg

import "encoding/binary"

// upsampling is how libjpeg brings a component to full size by default ("fancy upsampling"): halved once or both ways,
// it is interpolated with the triangle filter 3:1 in either direction, else repeated. Columns are interpolated only
// where there are more than two.
type upsampling struct {
	h, v     int  // how often a sample is repeated, or interpolated where 2
	triangle bool // interpolate columns
	blend    bool // interpolate rows
}

func (c *component) upsampling(h, v int) upsampling {
	u := upsampling{h: h, v: v}
	if h == 2 && v <= 2 && c.width > 2 {
		u.triangle = true
	}
	u.blend = v == 2 && (h == 1 || u.triangle)
	return u
}

// upsample writes row y of the picture's rows of a component. Room beyond the row may be written too.
func (d *decoder) upsample(dst [][8]byte, c *component, y int) {
	u := c.up
	near := c.row(y / u.v)
	far := near
	if u.blend {
		other := y/2 - 1
		if y%2 == 1 {
			other = y/2 + 1
		}
		far = c.row(min(max(other, 0), c.height-1))
	}
	switch {
	case u.triangle && u.blend:
		triangle(dst, near, far, c.width, 8, 7)
	case u.triangle:
		triangle(dst, near, far, c.width, 4, 8)
	case u.blend:
		blend(dst, near, far, uint64(1+y%2))
	case u.h == 1:
		narrow(dst, near)
	default:
		for x := range d.width {
			dst[x/8][x%8] = byte(near[x/u.h/8][x/u.h%8])
		}
	}
}

// lanes is a 1 in each of four lanes of 16 bits. No sum below leaves its lane: the largest is 16·255 + 8.
const lanes = 1 | 1<<16 | 1<<32 | 1<<48

func (s *samples) left() uint64 {
	return uint64(s[0]) | uint64(s[1])<<16 | uint64(s[2])<<32 | uint64(s[3])<<48
}

func (s *samples) right() uint64 {
	return uint64(s[4]) | uint64(s[5])<<16 | uint64(s[6])<<32 | uint64(s[7])<<48
}

// triangle interpolates n samples to 2n. With s = 3 near + far, an even one is (3 s_x + s_{x−1} + even)/16 and an
// odd one (3 s_x + s_{x+1} + odd)/16. The samples at the ends are repeated beyond.
func triangle(dst [][8]byte, near, far []samples, n int, even, odd uint64) {
	near[n/8][n%8], far[n/8][n%8] = near[(n-1)/8][(n-1)%8], far[(n-1)/8][(n-1)%8]
	even, odd = even*lanes, odd*lanes
	groups := (n + 7) / 8
	near = near[:groups+1]
	far, dst = far[:len(near)], dst[:2*len(near)]
	before := (3*uint64(near[0][0]) + uint64(far[0][0])) << 48
	for i := range len(near) - 1 {
		l, r := 3*near[i].left()+far[i].left(), 3*near[i].right()+far[i].right()
		after := 3*uint64(near[i+1][0]) + uint64(far[i+1][0])
		e := 3*l + (l<<16 | before>>48) + even
		o := 3*l + (l>>16 | r<<48) + odd
		binary.LittleEndian.PutUint64(dst[2*i][:], e>>4&(255*lanes)|o<<4&(255*lanes<<8))
		e = 3*r + (r<<16 | l>>48) + even
		o = 3*r + (r>>16 | after<<48) + odd
		binary.LittleEndian.PutUint64(dst[2*i+1][:], e>>4&(255*lanes)|o<<4&(255*lanes<<8))
		before = r
	}
}

// blend interpolates rows only: (3 near + far + round)/4.
func blend(dst [][8]byte, near, far []samples, round uint64) {
	for i := range near {
		l, r := 3*near[i].left()+far[i].left(), 3*near[i].right()+far[i].right()
		binary.LittleEndian.PutUint64(dst[i][:], pack((l+round*lanes)>>2)|pack((r+round*lanes)>>2)<<32)
	}
}

// narrow copies samples.
func narrow(dst [][8]byte, src []samples) {
	for i := range src {
		binary.LittleEndian.PutUint64(dst[i][:], pack(src[i].left())|pack(src[i].right())<<32)
	}
}

// pack puts the low bytes of the lanes together.
func pack(v uint64) uint64 {
	v &= 255 * lanes
	v |= v >> 8
	return v&0xffff | v>>16&0xffff0000
}
