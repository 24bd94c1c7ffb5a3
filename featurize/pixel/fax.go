package pixel

// faxInverted tells whether a TIFF is a bilevel picture in fax compression whose zeros are black:
// golang.org/x/image/tiff gives such pictures, which are rare, with black and white exchanged. It looks at the
// first directory alone, as the decoder does.
func faxInverted(data []byte) bool {
	order, ok := tiffOrder(data)
	if !ok {
		return false
	}
	value := func(tag uint16) uint16 {
		if entry := tiffEntry(data, tag); entry != nil {
			return order.Uint16(entry[8:])
		}
		return 0
	}
	compression := value(259)
	return (compression == 3 || compression == 4) && value(262) == 1
}

// invert exchanges black and white.
func (m *RGB) invert() {
	for i, v := range m.Pix {
		m.Pix[i] = ^v
	}
}
