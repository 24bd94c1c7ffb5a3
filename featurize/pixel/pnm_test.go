package pixel

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func TestPNM(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []byte
	}{
		"colour":                {"P6\n2 1\n255\n\x01\x02\x03\x04\x05\x06", []byte{1, 2, 3, 4, 5, 6}},
		"grey":                  {"P5 1 2 255 \x07\x08", []byte{7, 7, 7, 8, 8, 8}},
		"comments":              {"P5#made by\r# hand\n1\t# wide\n  2#high\n255\n#\n", []byte{35, 35, 35, 10, 10, 10}},
		"pixels look as blanks": {"P6 1 1 255\n \n\t", []byte{32, 10, 9}},
		"more pictures":         {"P5 1 1 255\n\x01P5 1 1 255\n\x02", []byte{1, 1, 1}},
		"scaled":                {"P6 1 1 3\n\x00\x01\x03", []byte{0, 85, 255}},
		"above the greatest":    {"P5 1 1 3\n\xff", []byte{255, 255, 255}},
		"ties go to even":       {"P5 2 1 2\n\x01\x02", []byte{128, 128, 128, 255, 255, 255}},
		"16 bits":               {"P6 1 1 65535\n\xff\xff\x00\x80\x00\x81", []byte{255, 0, 1}},
		"16 bits, scaled":       {"P6 1 1 1000\n\x03\xe8\x01\xf4\x00\x00", []byte{255, 128, 0}},
		"16 bits, grey":         {"P5 2 1 65535\n\x12\xff\xff\x00", []byte{0x12, 0x12, 0x12, 255, 255, 255}},
		"12 bits, grey":         {"P5 1 1 4095\n\x0f\xff", []byte{255, 255, 255}},
	} {
		m, err := Decode([]byte(c.file))
		if err != nil || !slices.Equal(m.Pix, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, m, err, c.want)
		}
	}
}

func TestDamagedPNM(t *testing.T) {
	whole := append([]byte("P6 # a comment\n5 4\n255\n"), make([]byte, 60)...)
	for n := range len(whole) {
		if _, err := Decode(whole[:n]); fault.KindOf(err) != fault.Corrupt {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	for file, say := range map[string]string{
		"P6 10 10 255\n\x01":            "truncated",
		"P5 2 1 256\n\x01\x01\x01":      "truncated",
		"P6 0 10 255\n":                 "0×10 pixels",
		"P6 10 10 0\n":                  "greatest sample: 0",
		"P6 10 10 65536\n":              "65536… is more than 65535",
		"P6 10 99999999999999999 255\n": "is more than",
		"P6 -3 10 255\n":                `'-' is no digit`,
		"P6 1.5 10 255\n":               `'.' is no digit`,
		"P3 1 1 255\n1 2 3\n":           "no JPEG, PNG, GIF, BMP, WebP, TIFF or PPM",
	} {
		if _, err := Decode([]byte(file)); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

// Headers that claim much are refused before anything is allocated for their pixels.
func TestHugePNM(t *testing.T) {
	for _, size := range []string{"16777216 16777216", "13000 13000"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Decode([]byte("P6 " + size + " 255\n\x00\x00\x00")); fault.KindOf(err) != fault.Corrupt {
			t.Errorf("%s: %v", size, err)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<16 {
			t.Errorf("%s: %d bytes allocated", size, after.TotalAlloc-before.TotalAlloc)
		}
	}
}
