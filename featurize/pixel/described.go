package pixel

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
)

// described are what a JPEG, PNG, WebP or TIFF says of itself: the TIFF structure that Exif is, and XMP, which is text.
// Where there are several, the one counts that counts for Pillow.
func described(data []byte) (exif, xmp []byte) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		return inJPEG(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return inPNG(data[8:])
	case len(data) > 12 && string(data[8:12]) == "WEBP":
		return bare(chunk(data[12:], "EXIF")), chunk(data[12:], "XMP ")
	}
	return data, tiffXMP(data)
}

// bare is Exif without what it begins with in JPEG, which some programs write elsewhere too, also twice.
func bare(exif []byte) []byte {
	for range 2 {
		exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	}
	return exif
}

// inJPEG looks through the segments, which end where the picture begins. Exif may go on in several.
func inJPEG(data []byte) (exif, xmp []byte) {
	for at := 2; at+4 <= len(data) && data[at] == 0xff && data[at+1] != 0xda; {
		if data[at+1] == 0xff { // a segment may have more of these before it
			at++
			continue
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end > len(data) || end < at+4 {
			break
		}
		if data[at+1] == 0xe1 {
			segment := data[at+4 : end]
			if more, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok {
				exif = append(exif[:len(exif):len(exif)], more...)
			} else if text, ok := bytes.CutPrefix(segment, []byte("http://ns.adobe.com/xap/1.0/\x00")); ok {
				xmp = text
			}
		}
		at = end
	}
	return bare(exif), xmp
}

// mostText bounds a text in a PNG when it is unpacked, as Pillow does.
const mostText = 1 << 20

// inPNG looks through the chunks, also those after the picture: eXIf, or the text in which ImageMagick writes Exif, and
// XMP, which is a text.
func inPNG(data []byte) (exif, xmp []byte) {
	var profile []byte
	for len(data) >= 12 {
		size := uint64(binary.BigEndian.Uint32(data))
		if size+12 > uint64(len(data)) {
			break
		}
		kind, content := string(data[4:8]), data[8:8+size]
		data = data[12+size:]
		if kind == "eXIf" {
			exif = bare(content)
			continue
		}
		switch key, text := pngText(kind, content); key {
		case "XML:com.adobe.xmp":
			xmp = text
		case "Raw profile type exif":
			profile = text
		}
	}
	if exif == nil && profile != nil { // a line break, the name, the length, and hexadecimal digits in lines
		if lines := strings.Split(string(profile), "\n"); len(lines) > 3 {
			exif, _ = hex.DecodeString(strings.Join(lines[3:], "")) // what is wrong is none
			exif = bare(exif)
		}
	}
	return exif, xmp
}

// pngText is the text in a chunk of one of the three kinds that hold any.
func pngText(kind string, content []byte) (key string, text []byte) {
	name, rest, _ := bytes.Cut(content, []byte{0})
	packed := kind == "zTXt"
	switch {
	case kind == "zTXt" && len(rest) > 0:
		rest = rest[1:] // the method
	case kind == "iTXt" && len(rest) > 2:
		packed = rest[0] != 0
		_, rest, _ = bytes.Cut(rest[2:], []byte{0}) // the language
		_, rest, _ = bytes.Cut(rest, []byte{0})     // the key in it
	case kind != "tEXt":
		return "", nil
	}
	if packed {
		z, err := zlib.NewReader(bytes.NewReader(rest))
		if err != nil {
			return "", nil
		}
		if rest, err = io.ReadAll(io.LimitReader(z, mostText)); err != nil {
			return "", nil
		}
	}
	return string(name), rest
}

// chunk is the content of the first chunk of a kind in a RIFF file, or nil. Chunks fill up to an even number of bytes.
func chunk(data []byte, kind string) []byte {
	for len(data) >= 8 {
		size := uint64(binary.LittleEndian.Uint32(data[4:]))
		if 8+size > uint64(len(data)) {
			return nil
		}
		if string(data[:4]) == kind {
			return data[8 : 8+size]
		}
		data = data[min(8+size+size%2, uint64(len(data))):]
	}
	return nil
}
