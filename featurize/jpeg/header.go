package jpeg

import "bytes"

// Markers, Table B.1.
const (
	markerTEM   = 0x01
	markerSOF0  = 0xc0 // baseline
	markerSOF1  = 0xc1 // extended sequential
	markerSOF2  = 0xc2 // progressive
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP14 = 0xee
	markerAPP15 = 0xef
)

// isFrame tells a frame header, of any process.
func isFrame(m byte) bool {
	return m >= markerSOF0 && m <= 0xcf && m != markerDHT && m != markerJPG && m != markerDAC
}

// bare tells a marker that stands alone, without a segment; EOI is told apart before.
func bare(m byte) bool {
	return m == markerTEM || m >= markerRST0 && m <= markerSOI
}

// start reads the SOI marker.
func (d *decoder) start() error {
	if len(d.data) < 2 {
		return errTruncated
	}
	if d.data[0] != 0xff || d.data[1] != markerSOI {
		return damaged("it begins with % x", d.data[:2])
	}
	d.pos = 2
	return nil
}

// marker finds the next marker. Like libjpeg it passes over bytes that belong to no segment, and over fill bytes.
func (d *decoder) marker() (byte, error) {
	for {
		i := bytes.IndexByte(d.data[d.pos:], 0xff)
		if i < 0 {
			return 0, errTruncated
		}
		d.pos += i
		for d.pos < len(d.data) && d.data[d.pos] == 0xff {
			d.pos++
		}
		if d.pos == len(d.data) {
			return 0, errTruncated
		}
		d.pos++
		if m := d.data[d.pos-1]; m != 0 {
			return m, nil
		}
	}
}

// segment reads the parameters that follow a marker.
func (d *decoder) segment() ([]byte, error) {
	rest := d.data[d.pos:]
	if len(rest) < 2 {
		return nil, errTruncated
	}
	n := int(rest[0])<<8 | int(rest[1])
	if n < 2 {
		return nil, damaged("a segment of length %d", n)
	}
	if n > len(rest) {
		return nil, errTruncated
	}
	d.pos += n
	return rest[2:n], nil
}

// quantTables reads a DQT segment (B.2.4.1).
func (d *decoder) quantTables(p []byte) error {
	for len(p) > 0 {
		wide, id := int(p[0]>>4), p[0]&15
		n := 1 + 64*(wide+1)
		if wide > 1 || id > 3 || len(p) < n {
			return damaged("a quantisation table of precision %d with number %d in %d bytes", wide, id, len(p))
		}
		q := &d.quant[id]
		for k := range q {
			if wide == 0 {
				q[k] = uint16(p[1+k])
			} else {
				q[k] = uint16(p[1+2*k])<<8 | uint16(p[2+2*k])
			}
		}
		d.haveQuant[id] = true
		p = p[n:]
	}
	return nil
}

// huffmanTables reads a DHT segment (B.2.4.2).
func (d *decoder) huffmanTables(p []byte) error {
	for len(p) > 0 {
		if len(p) < 17 {
			return damaged("a Huffman table in %d bytes", len(p))
		}
		class, id := p[0]>>4, p[0]&15
		n := 0
		for _, count := range p[1:17] {
			n += int(count)
		}
		if class > 1 || id > 3 || n > 256 || len(p) < 17+n {
			return damaged("a Huffman table of class %d with number %d and %d codes in %d bytes", class, id, n, len(p))
		}
		if err := d.tables[class][id].build((*[16]byte)(p[1:17]), p[17:17+n], class == 0); err != nil {
			return err
		}
		d.haveTable[class][id] = true
		p = p[17+n:]
	}
	return nil
}

// restarts reads a DRI segment (B.2.4.4).
func (d *decoder) restarts(p []byte) error {
	if len(p) != 2 {
		return damaged("a restart interval in %d bytes", len(p))
	}
	d.restartInterval = int(p[0])<<8 | int(p[1])
	return nil
}

// application notes the markers that tell the colour space.
func (d *decoder) application(m byte, p []byte) {
	switch {
	case m == markerAPP0 && len(p) >= 14 && string(p[:5]) == "JFIF\x00":
		d.jfif = true
	case m == markerAPP14 && len(p) >= 12 && string(p[:5]) == "Adobe":
		d.adobe, d.adobeTransform = true, p[11]
	}
}
