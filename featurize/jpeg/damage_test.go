package jpeg

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// A file that ends early is an error, or the whole picture where only what follows its data lacks.
func TestTruncated(t *testing.T) {
	for _, name := range []string{
		"baseline-420.jpg", "baseline-restart.jpg", "progressive-420.jpg", "progressive-restart.jpg", "three-scans.jpg",
		"bit-by-bit.jpg", "size-1x1-420.jpg",
	} {
		data := read(t, name)
		_, _, whole, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			_, _, rgb, err := Decode(data[:n])
			switch {
			case err == nil && n < len(data)-12:
				t.Errorf("%s: %d of %d bytes are enough", name, n, len(data))
			case err == nil && !bytes.Equal(rgb, whole):
				t.Errorf("%s: %d of %d bytes are another picture", name, n, len(data))
			case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
				t.Errorf("%s: %d of %d bytes: %v", name, n, len(data), err)
			}
		}
		if _, _, _, err := Decode(data[:len(data)-2]); err != nil {
			t.Errorf("%s without the EOI marker: %v", name, err)
		}
	}
}

// A file in which bytes are changed gives an error or a picture of the size that it states, and nothing else.
func TestDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name := range expectations(t) {
		data := read(t, name)
		for range 300 {
			bad := bytes.Clone(data)
			for range 1 + r.IntN(4) {
				bad[r.IntN(len(bad))] = byte(r.Uint32())
			}
			check(t, bad)
		}
	}
}

// check decodes data of any kind and checks what holds for all.
func check(t *testing.T, data []byte) {
	t.Helper()
	w, h, rgb, err := Decode(data)
	if err != nil {
		known := errors.Is(err, ErrDamaged) || errors.Is(err, ErrUnsupported) || errors.Is(err, io.ErrUnexpectedEOF)
		if w != 0 || h != 0 || rgb != nil || !known || strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%d×%d pixels, %d bytes, %v", w, h, len(rgb), err)
		}
		return
	}
	if w < 1 || h < 1 || len(rgb) != 3*w*h || len(rgb) > 3*MaxPixels || len(rgb) > 3*64*(8*len(data)+8) {
		t.Errorf("%d×%d pixels, %d bytes", w, h, len(rgb))
	}
	if sw, sh, err := Size(data); err != nil || sw != w || sh != h {
		t.Errorf("%d×%d pixels, but the size is %d×%d, %v", w, h, sw, sh, err)
	}
}

func TestInconsistent(t *testing.T) {
	good := read(t, "baseline-420.jpg")
	at := func(marker byte) int { return bytes.Index(good, []byte{0xff, marker}) }
	change := func(at int, to ...byte) []byte {
		return append(append(bytes.Clone(good[:at]), to...), good[at+len(to):]...)
	}
	soi := []byte{0xff, markerSOI}
	for what, data := range map[string][]byte{
		"another file":             []byte("GIF89a"),
		"no frame":                 append(bytes.Clone(soi), 0xff, markerEOI),
		"a scan before the frame":  append(bytes.Clone(soi), 0xff, markerSOS, 0, 2),
		"too many codes":           change(at(markerDHT)+5, 3),
		"a code of ones":           change(at(markerDHT)+5, 2),
		"a segment of length 1":    change(at(markerDQT)+2, 0, 1),
		"no width":                 change(at(markerSOF0)+7, 0, 0),
		"no sampling":              change(at(markerSOF0)+11, 0x02),
		"two of a number":          change(at(markerSOF0)+13, 1),
		"too large":                change(at(markerSOF0)+5, 0xff, 0xff, 0xff, 0xff),
		"no such quantisation":     change(at(markerSOF0)+12, 3),
		"no such Huffman table":    change(at(markerSOS)+6, 0x33),
		"no such component":        change(at(markerSOS)+5, 77),
		"a marker in the scan":     change(at(markerSOS)+40, 0xff, markerDRI),
		"a restart where none is":  change(at(markerSOS)+40, 0xff, markerRST0),
		"a picture without a scan": append(bytes.Clone(good[:at(markerSOS)]), 0xff, markerEOI),
	} {
		if _, _, _, err := Decode(data); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A short file does not have a large picture allocated, and a picture that is complete lets go of its memory.
func TestClaimedSize(t *testing.T) {
	for _, name := range []string{"baseline-420.jpg", "progressive-420.jpg"} {
		data := read(t, name)
		i := bytes.Index(data, []byte{0xff, markerSOF0})
		if i < 0 {
			i = bytes.Index(data, []byte{0xff, markerSOF2})
		}
		copy(data[i+5:], []byte{0x27, 0x10, 0x27, 0x10}) // 10000×10000
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _, err := Decode(data)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, io.ErrUnexpectedEOF) || after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%s: %v after %d bytes", name, err, after.TotalAlloc-before.TotalAlloc)
		}
	}
}
