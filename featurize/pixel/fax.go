package pixel

import "encoding/binary"

// faxInverted tells whether a TIFF is a bilevel picture in fax compression whose zeros are black:
// golang.org/x/image/tiff gives such pictures, which are rare, with black and white exchanged. It looks at the
// first directory alone, as the decoder does.
func faxInverted(data []byte) bool {
	if len(data) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return false
	}
	const compression, photometric = 259, 262
	values := map[uint16]uint16{}
	entries := int64(order.Uint16(data[at:]))
	for at += 2; entries > 0 && at+12 <= int64(len(data)); at, entries = at+12, entries-1 {
		if tag := order.Uint16(data[at:]); tag == compression || tag == photometric {
			values[tag] = order.Uint16(data[at+8:])
		}
	}
	return (values[compression] == 3 || values[compression] == 4) && values[photometric] == 1
}

// invert exchanges black and white.
func (m *RGB) invert() {
	for i, v := range m.Pix {
		m.Pix[i] = ^v
	}
}
