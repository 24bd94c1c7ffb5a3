package npy

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func save(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	data := []float32{0, -1.5, 65504, 1e-7, 3, float32(math.Inf(1))}
	var b bytes.Buffer
	if err := WriteFloat32(&b, data, 2, 3); err != nil {
		t.Fatal(err)
	}
	if (b.Len()-4*len(data))%64 != 0 {
		t.Errorf("data starts at %d", b.Len()-4*len(data))
	}
	a, err := Open(save(t, b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	got, err := a.Float32s()
	if err != nil || !slices.Equal(got, data) || !slices.Equal(a.Shape, []int{2, 3}) {
		t.Errorf("got %v %v, %v", a.Shape, got, err)
	}
	row := make([]float32, 3)
	if a.Float32At(row, 3); !slices.Equal(row, data[3:]) {
		t.Errorf("second row %v", row)
	}
	if _, err := a.Int32s(); err == nil {
		t.Error("floats were read as integers")
	}
}

// The header is NumPy's own text for the same array.
func TestHeaderIsNumPys(t *testing.T) {
	for shape, want := range map[string][]int{"(3,)": {3}, "(2, 3)": {2, 3}, "()": nil, "(0, 4)": {0, 4}} {
		text := string(AppendHeader(nil, "<f4", want...)[10:])
		start := "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }"
		if !strings.HasPrefix(text, start) || !strings.HasSuffix(text, " \n") {
			t.Errorf("shape %v: %q", want, text)
		}
	}
}

func TestIntegersOfEveryWidth(t *testing.T) {
	for dt, size := range sizes {
		if dt[1] == 'f' {
			continue
		}
		raw := AppendHeader(nil, dt, 2)
		for _, v := range []byte{1, 0} {
			raw = append(raw, v)
			raw = append(raw, make([]byte, size-1)...)
		}
		a, err := Open(save(t, raw))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Int32s(); err != nil || !slices.Equal(got, []int32{1, 0}) {
			t.Errorf("%s: %v, %v", dt, got, err)
		}
		a.Close()
	}
	huge := append(AppendHeader(nil, "<u8", 1), 255, 255, 255, 255, 255, 255, 255, 255)
	a, err := Open(save(t, huge))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Int32s(); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("2^64−1 as int32: %v", err)
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	var b bytes.Buffer
	if err := WriteInt32(&b, []int32{1, 2, 3}, 3); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "t.npy")
	for n := range b.Len() {
		if err := os.WriteFile(path, b.Bytes()[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), path) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if _, err := Open(save(t, append(b.Bytes(), 0))); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a byte too many: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.npy")); fault.KindOf(err) != fault.Missing {
		t.Errorf("missing: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	header := func(text string) []byte {
		b := AppendHeader(nil, "<f4", 1)
		return append(append(append([]byte{}, b[:8]...), byte(len(text)), 0), text...)
	}
	for _, c := range []struct{ text, say string }{
		{"{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }", "astype"},
		{"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "objects"},
		{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", "structured"},
		{"{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", "Fortran"},
		{"{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }", "not supported"},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (3, -1), }", "impossible"},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "large"},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 2), }", "impossible"},
		{"{'descr': '<f4', 'shape': (3,), }", "fortran_order"},
		{"nonsense", "dictionary"},
	} {
		if _, err := ParseHeader(header(c.text)); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", c.text, err)
		}
	}
	h, err := ParseHeader(header(`{"shape": (2,3), "fortran_order": False, "descr": "<i8"}`))
	if err != nil || h.Len() != 6 {
		t.Errorf("other order and quotes: %v, %v", h, err)
	}
}

// Every half-precision number survives the way to float32 and back, and rounding goes to the nearest one.
func TestHalf(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		f := F16ToF32(h)
		if f != f {
			if back := F16ToF32(F32ToF16(f)); back == back {
				t.Fatalf("NaN %#x became %v", h, back)
			}
			continue
		}
		if back := F32ToF16(f); back != h {
			t.Fatalf("%#x → %v → %#x", h, f, back)
		}
		if h&0x7fff >= 0x7bff { // the next one is infinite
			continue
		}
		next := F16ToF32(h + 1)
		middle := f + (next-f)/2
		even := h
		if h&1 == 1 {
			even = h + 1
		}
		if got := F32ToF16(middle); got != even {
			t.Fatalf("tie between %#x and %#x went to %#x", h, h+1, got)
		}
		if got := F32ToF16(math.Nextafter32(middle, f)); got != h {
			t.Fatalf("just before the tie above %#x: %#x", h, got)
		}
	}
	if F32ToF16(1e9) != 0x7c00 || F32ToF16(-1e-9) != 0x8000 {
		t.Error("overflow or underflow")
	}
}

func FuzzParseHeader(f *testing.F) {
	f.Add(AppendHeader(nil, "<f4", 3, 4))
	f.Add([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'"))
	f.Add([]byte("\x93NUMPY\x01\x00\x3c\x00{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ParseHeader(b)
		if err == nil && (h.Bytes() < 0 || h.Offset > int64(len(b))) {
			t.Errorf("accepted %+v of %d bytes", h, len(b))
		}
	})
}
