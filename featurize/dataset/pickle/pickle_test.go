package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T, name string) (data []byte, d Dict) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Load(data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return data, v.(Dict)
}

// TestPythonsPickles reads what Python 2 and 3 and NumPy write in every protocol; ../array/testdata/make.py has the
// values.
func TestPythonsPickles(t *testing.T) {
	files, err := filepath.Glob("testdata/values-*.pkl")
	if err != nil || len(files) != 9 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		file, d := load(t, name)
		data := d["data"].(*Array)
		want := make([]byte, 256)
		for i := range want {
			want[i] = byte(i)
		}
		if !bytes.Equal(data.Data, want) || !slices.Equal(data.Shape, []int{4, 64}) || data.DType != "|u1" {
			t.Errorf("%s: data %v", name, data)
		}
		inPlace := map[bool]string{true: "1 2", false: "3 4 5"}[strings.Contains(name, "python2")]
		if protocol := name[len(name)-5 : len(name)-4]; strings.Contains(inPlace, protocol) != (data.Offset >= 0) {
			t.Errorf("%s: data lies at %d", name, data.Offset)
		} else if data.Offset >= 0 && !bytes.Equal(file[data.Offset:][:256], want) {
			t.Errorf("%s: data does not lie at %d", name, data.Offset)
		}
		if a := d["more"].(*Array); a.DType != "<i8" || !slices.Equal(a.Shape, []int{2}) ||
			int64(binary.LittleEndian.Uint64(a.Data)) != -3 || binary.LittleEndian.Uint64(a.Data[8:]) != 70000 {
			t.Errorf("%s: more %v", name, a)
		}
		if a := d["short"].(*Array); a.DType != "<i2" || !bytes.Equal(a.Data, []byte{1, 0, 254, 255}) {
			t.Errorf("%s: short %v", name, a)
		}
		if l := d["labels"].(*List); !slices.Equal(l.Items,
			[]any{int64(0), int64(255), int64(256), int64(65536), int64(-1), int64(1) << 40, -(int64(1) << 40)}) {
			t.Errorf("%s: labels %v", name, l.Items)
		}
		var words []string
		for _, v := range d["names"].(*List).Items {
			words = append(words, string(v.(Bytes).Data))
		}
		if !slices.Equal(words, []string{"a b", "it's", `"q"`, "line\nbreak\\", "ä€"}) {
			t.Errorf("%s: names %q", name, words)
		}
		if b := d["bytes"].(Bytes); string(b.Data) != "\x00\xff\n" {
			t.Errorf("%s: bytes %q", name, b.Data)
		}
		if got := fmt.Sprint(d["others"].(Tuple)[:6]); got != "[<nil> true false 1.5 [] map[]]" {
			t.Errorf("%s: others %s", name, got)
		}
		if inner := d["others"].(Tuple)[6].(Dict)["x"].(*List).Items[0].(*List); len(inner.Items) != 0 {
			t.Errorf("%s: inner list %v", name, inner)
		}
		if got := fmt.Sprint(d["others"].(Tuple)[7]); got != "[1 2 [3]]" {
			t.Errorf("%s: tuple %s", name, got)
		}
	}
}

// TestNumPysNumbers: lists of labels may hold numbers of NumPy.
func TestNumPysNumbers(t *testing.T) {
	for protocol := range 6 {
		name := fmt.Sprintf("testdata/scalars-%d.pkl", protocol)
		if _, d := load(t, name); !slices.Equal(d["v"].(*List).Items,
			[]any{int64(-3), int64(200), int64(-2), true, 1.5, -0.5}) {
			t.Errorf("%s: %v", name, d["v"].(*List).Items)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, say := range map[string]string{
		"fortran":    "in Fortran order",
		"object":     `type "O8"`,
		"big-endian": "astype('<i4')",
		"structured": `type "V1"`,
		"text":       `type "U2"`,
		"ordered":    "collections.OrderedDict",
		"huge":       "a number has 11 bytes",
		"call":       "posix.getcwd",
		"key":        "no short string",
	} {
		data, err := os.ReadFile("testdata/refused-" + name + ".pkl")
		if err != nil {
			t.Fatal(err)
		}
		if v, err := Load(data); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	const (
		dtype  = "cnumpy\ndtype\n(U\x02u8tRq\x00"
		scalar = "cnumpy.core.multiarray\nscalar\n"
		buffer = "cnumpy.core.numeric\n_frombuffer\n"
	)
	for pickle, say := range map[string]string{
		"":           "truncated",
		".":          "the stack is empty",
		"N":          "truncated",
		"\x80\x06N.": "protocol 6",
		"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.": "a frame has",
		"T\xff\xff\xff\xff.":                             "4294967295 bytes are needed",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\xff":           "18446744073709551615 bytes are needed",
		"<html>":                                         "is this a pickle?",
		"cos\nsystem\n.":                                 "os.system",
		"cnumpy\nndarray\n)R.":                           "no function",
		"N)R.":                                           "no function",
		"N)b.":                                           "no array",
		"I1L2\n.":                                        "no number",
		"h\x07.":                                         "not kept",
		"(]e.":                                           "the stack is empty",
		"]N(u.":                                          "no dict",
		"}(Nu.":                                          "no dict",
		"Nt.":                                            "the stack is empty",
		"S'a\n.":                                         "no quotes",
		"c_codecs\nencode\n(X\x02\x00\x00\x00\xc4\x80X\x06\x00\x00\x00latin1tR.": "above 255",
		"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR.":         "latin1",
		dtype + scalar + "(h\x00U\x07sevenbytR.":                                 "no number of NumPy",
		dtype + scalar + "(h\x00U\x08\xff\xff\xff\xff\xff\xff\xff\xfftR.":        "out of range",
		scalar + ")R.": "made of 0 values",
		"cnumpy.core.multiarray\n_reconstruct\n(NK\x00\x85C\x01btR.":                            "foreign class",
		dtype + buffer + "(U\x07sevenbyh\x00K\x01\x85U\x01CtR.":                                 "has 7 bytes",
		"cnumpy\ndtype\n(U\x02u1tRq\x00" + buffer + "(U\x00h\x00J\xff\xff\xff\xff\x85U\x01CtR.": "shape",
		"cnumpy\ndtype\n(U\x02u8tRq\x00cnumpy.core.numeric\n_frombuffer\n" +
			"(U\x00h\x00(J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7ftU\x01CtR.": "shape",
	} {
		if v, err := Load([]byte(pickle)); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, %v; want %q", pickle, v, err, say)
		}
	}
}

func TestTruncated(t *testing.T) {
	for _, name := range []string{"python2-0", "python2-2", "python3-4", "python3-5"} {
		data, _ := load(t, "testdata/values-"+name+".pkl")
		for n := range len(data) {
			if v, err := Load(data[:n]); err == nil {
				t.Fatalf("%s: cut to %d bytes: %v", name, n, v)
			}
		}
	}
}

func TestBytesAsText(t *testing.T) {
	text := bytes.Repeat([]byte{0x80, 'a', 0xff}, 10000)
	v, err := Load(slices.Concat([]byte("c_codecs\nencode\n(V"), text, []byte("\nVlatin1\ntR.")))
	if b, ok := v.(Bytes); err != nil || !ok || !bytes.Equal(b.Data, text) || b.Offset != -1 {
		t.Errorf("%v", err)
	}
}

// A small file that repeats itself by reference, or makes values without end, is refused before it fills the memory.
func TestGreedy(t *testing.T) {
	text := strings.Repeat("x", 1<<20)
	long := string(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
	for name, c := range map[string]struct{ pickle, say string }{
		"converts": {
			"c_codecs\nencode\nq\x00X\x06\x00\x00\x00latin1q\x01X" + long + text + "q\x02" +
				strings.Repeat("h\x00h\x02h\x01\x86R", 1000) + ".",
			"again and again",
		},
		"values": {strings.Repeat("]", 1<<22) + ".", "more than"},
		"keys":   {"X" + long + text + "q\x02" + strings.Repeat("}h\x02Ns", 1000) + ".", "no short string"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Load([]byte(c.pickle))
		if runtime.ReadMemStats(&after); err == nil || !strings.Contains(err.Error(), c.say) ||
			after.TotalAlloc-before.TotalAlloc > 1<<28 {
			t.Errorf("%s: %v, %d bytes allocated", name, err, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*.pkl")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Load(data)
		if err != nil {
			return
		}
		if a, ok := v.(*Array); ok && a.Offset >= 0 && !bytes.Equal(data[a.Offset:][:len(a.Data)], a.Data) {
			t.Fatal("an array does not lie where it says")
		}
	})
}
