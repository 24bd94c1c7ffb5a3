package page

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// packed is the text in a codec's form.
func packed(t testing.TB, c Codec, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	into := func(w io.WriteCloser) []byte {
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	switch c {
	case 1:
		return snappy.Encode(nil, text)
	case 2:
		return into(gzip.NewWriter(&b))
	case 4:
		return into(brotli.NewWriter(&b))
	case 5: // as Hadoop writes it: in blocks with their lengths
		var out []byte
		for block := range slicesOf(text, 1000) {
			p := packed(t, 7, block)
			out = binary.BigEndian.AppendUint32(out, uint32(len(block)))
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(p))), p...)
		}
		return out
	case 6:
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		return into(w)
	case 7:
		out := make([]byte, lz4.CompressBlockBound(len(text)))
		n, err := lz4.CompressBlock(text, out, nil)
		if err != nil {
			t.Fatal(err)
		}
		return out[:n]
	}
	return text
}

func slicesOf(text []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(text) > 0 && yield(text[:min(n, len(text))]) {
			text = text[min(n, len(text)):]
		}
	}
}

// TestCodecs: what comes out has the length that was said, or it is an error.
func TestCodecs(t *testing.T) {
	text := make([]byte, 2500)
	for i := range text {
		text[i] = byte(i * i >> 3 & 0x3f)
	}
	for _, c := range []Codec{1, 2, 4, 5, 6, 7} {
		p := packed(t, c, text)
		if got, err := c.unpack(p, 2500); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%v: %d bytes, %v", c, len(got), err)
		}
		for _, size := range []int64{0, 1, 2499, 2501, 5000, 1 << 20} {
			if got, err := c.unpack(p, size); err == nil {
				t.Errorf("%v: %d bytes where %d are said", c, len(got), size)
			}
		}
		for n := range len(p) {
			if got, err := c.unpack(p[:n], 2500); err == nil {
				t.Errorf("%v: %d bytes from the first %d of %d", c, len(got), n, len(p))
			}
		}
	}
	if got, err := Codec(5).unpack(packed(t, 7, text), 2500); err != nil || !bytes.Equal(got, text) {
		t.Errorf("LZ4 without Hadoop's lengths: %d bytes, %v", len(got), err)
	}
	if got, err := Codec(7).unpack([]byte{0}, 0); err != nil || len(got) > 0 {
		t.Errorf("nothing in LZ4: %q, %v", got, err)
	}
	for _, c := range []Codec{3, 8, -1} {
		if _, err := c.unpack(text, 2500); !errors.As(err, new(Refusal)) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestBombs: pages that would take gigabytes are refused before there is room for them.
func TestBombs(t *testing.T) {
	bomb := packed(t, 6, make([]byte, 300<<20))
	if _, err := Codec(6).unpack(bomb, 1<<20); err == nil {
		t.Error("300 MB came out of zstd in a page of one")
	}
	for what, h := range map[string]header{
		"unpacked": {whole: 2 << 30, packed: int64(len(bomb)), values: 1},
		"values":   {whole: 100, packed: 100, values: mostValues + 1},
	} {
		if err := h.check(); !errors.As(err, new(Refusal)) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := (header{whole: 2 << 30, packed: 1 << 30, values: 1}).check(); err != nil {
		t.Errorf("two gigabytes of pictures in one: %v", err)
	}
	for what, h := range map[string]header{
		"negative": {packed: -1}, "nulls": {values: 1, nulls: 2}, "levels": {whole: 9, packed: 9, definition: 10},
	} {
		if err := h.check(); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	// 2¹⁶ strings of which each is the one before it, the first of 2¹⁶ bytes: 4 GB of 0.6 MB
	src := append(first(1<<16, 0, 1<<16), first(1<<16, 1<<16, 0)...)
	src = append(src, make([]byte, 1<<16)...)
	if _, err := prefixed(src, 1<<16); !errors.As(err, new(Refusal)) {
		t.Errorf("prefixes: %v", err)
	}
}

// first are n numbers of which all but the first are equal, as differences in one block.
func first(n uint64, one, others int64) []byte {
	least := min(others-one, 0)
	src := append(binary.AppendUvarint(nil, n), 1) // values in the block, which is one miniblock
	src = binary.AppendVarint(binary.AppendUvarint(src, n), one)
	src = append(binary.AppendVarint(src, least), 32)
	for i := range n {
		difference := -least
		if i == 0 {
			difference += others - one
		}
		src = binary.LittleEndian.AppendUint32(src, uint32(difference))
	}
	return src
}
