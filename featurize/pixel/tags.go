package pixel

import (
	"bytes"
	"encoding/binary"
)

// The tags of a TIFF structure that matter here.
const (
	tagOrientation = 0x0112
	tagXMP         = 0x02bc
)

// tiffOrder is the order of bytes of a TIFF structure, if it is one.
func tiffOrder(data []byte) (binary.ByteOrder, bool) {
	switch {
	case len(data) < 8:
	case bytes.HasPrefix(data, []byte("II*\x00")):
		return binary.LittleEndian, true
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		return binary.BigEndian, true
	}
	return nil, false
}

// tiffEntry is the last entry of the first directory with a tag: twelve bytes, or nil.
func tiffEntry(data []byte, tag uint16) (entry []byte) {
	order, ok := tiffOrder(data)
	if !ok {
		return nil
	}
	at := uint64(order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		return nil
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == tag {
			entry = entries[:12]
		}
		entries = entries[12:]
	}
	return entry
}

// inTIFF reads the orientation from the first directory, and tells whether there is one. It should be one SHORT; some
// programs write a LONG, or signed numbers.
func inTIFF(data []byte) (tag int, ok bool) {
	entry := tiffEntry(data, tagOrientation)
	order, _ := tiffOrder(data)
	if entry == nil || order.Uint32(entry[4:]) == 0 {
		return 0, false
	}
	switch order.Uint16(entry[2:]) {
	case 3, 8:
		return int(order.Uint16(entry[8:])), true
	case 4, 9:
		return int(order.Uint32(entry[8:])), true
	}
	return 0, true
}

// tiffXMP is the XMP that a TIFF holds.
func tiffXMP(data []byte) []byte {
	entry := tiffEntry(data, tagXMP)
	if entry == nil {
		return nil
	}
	order, _ := tiffOrder(data)
	n, at := uint64(order.Uint32(entry[4:])), uint64(order.Uint32(entry[8:]))
	if at+n > uint64(len(data)) {
		return nil
	}
	return data[at : at+n]
}

// inXMP is the orientation in XMP: the first of tiff:Orientation="6" and <tiff:Orientation>6, as Pillow looks for it.
func inXMP(xmp []byte) int {
	const key = "tiff:Orientation"
	for {
		_, rest, found := bytes.Cut(xmp, []byte(key))
		if !found {
			return 0
		}
		xmp = rest
		if value, ok := bytes.CutPrefix(rest, []byte(">")); ok {
			rest = value
		} else if value, ok := bytes.CutPrefix(rest, []byte("=\"")); ok {
			rest = value
		} else {
			continue
		}
		if len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' {
			return int(rest[0] - '0')
		}
	}
}
