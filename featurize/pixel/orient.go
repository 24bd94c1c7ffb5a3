package pixel

import (
	"bytes"
	"encoding/binary"
	"image"

	"github.com/disintegration/imaging"
)

// turns are what the orientation tag asks for, by its value (Exif 2.32, tag 0x0112). 1 is upright.
var turns = map[int]func(image.Image) *image.NRGBA{
	2: imaging.FlipH,
	3: imaging.Rotate180,
	4: imaging.FlipV,
	5: imaging.Transpose,
	6: imaging.Rotate270,
	7: imaging.Transverse,
	8: imaging.Rotate90,
}

// upright turns a picture as the orientation tag of its file says. Camera pictures carry such tags; pipelines of CLIP
// ignore them, so this is off by default.
func upright(m *RGB, data []byte) *RGB {
	turn := turns[orientation(data)]
	if turn == nil {
		return m
	}
	img := image.NewNRGBA(image.Rect(0, 0, m.W, m.H))
	for i := range m.W * m.H {
		copy(img.Pix[4*i:], m.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	turned := turn(img)
	out := &RGB{turned.Rect.Dx(), turned.Rect.Dy(), make([]byte, 3*m.W*m.H)}
	out.four(turned.Pix, turned.Stride)
	return out
}

// orientation finds the tag in a JPEG, PNG, WebP or TIFF, or returns 0.
func orientation(data []byte) int {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		return inTIFF(inJPEG(data))
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return inTIFF(chunk(data[8:], "eXIf", binary.BigEndian, false))
	case len(data) > 12 && string(data[8:12]) == "WEBP":
		exif := chunk(data[12:], "EXIF", binary.LittleEndian, true)
		return inTIFF(bytes.TrimPrefix(exif, []byte("Exif\x00\x00")))
	}
	return inTIFF(data)
}

// inJPEG is the content of the APP1 segment that holds Exif, or nil. Segments end where the picture begins.
func inJPEG(data []byte) []byte {
	for at := 2; at+4 <= len(data) && data[at] == 0xff && data[at+1] != 0xda; {
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end > len(data) || end < at+4 {
			return nil
		}
		if exif, ok := bytes.CutPrefix(data[at+4:end], []byte("Exif\x00\x00")); ok && data[at+1] == 0xe1 {
			return exif
		}
		at = end
	}
	return nil
}

// chunk is the content of the first chunk of a kind, or nil. RIFF puts the kind before the length and pads to an even
// number; PNG puts it after, and a checksum at the end.
func chunk(data []byte, kind string, order binary.ByteOrder, riff bool) []byte {
	for len(data) >= 8 {
		name, size := string(data[4:8]), uint64(order.Uint32(data))
		whole := 8 + size + 4
		if riff {
			name, size = string(data[:4]), uint64(order.Uint32(data[4:]))
			whole = 8 + size + size%2
		}
		if 8+size > uint64(len(data)) {
			return nil
		}
		if name == kind {
			return data[8 : 8+size]
		}
		if whole > uint64(len(data)) {
			return nil
		}
		data = data[whole:]
	}
	return nil
}

// inTIFF reads the tag from the first directory of a TIFF structure, or returns 0.
func inTIFF(data []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte("II*\x00")):
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 0
	}
	if len(data) < 8 {
		return 0
	}
	at := uint64(order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		return 0
	}
	entries := data[at+2:]
	for range order.Uint16(data[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == 0x0112 && order.Uint16(entries[2:]) == 3 { // one SHORT
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 0
}
