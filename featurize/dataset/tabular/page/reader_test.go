package page

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// field is a whole number in Thrift's compact protocol, the step-th field after the last.
func field(step int, v int64) []byte {
	return binary.AppendVarint([]byte{byte(step<<4 | 5)}, v)
}

// written is a page of two values of 32 bits, 7 and 9, with a header that change changes.
func written(change func(whole, packed, values, sum *int64)) []byte {
	data := []byte{7, 0, 0, 0, 9, 0, 0, 0}
	whole, packed, values, sum := int64(8), int64(8), int64(2), int64(int32(crc32.ChecksumIEEE(data)))
	if change != nil {
		change(&whole, &packed, &values, &sum)
	}
	head := slices.Concat(field(1, dataPage), field(1, whole), field(1, packed), field(1, sum), []byte{0x1c},
		field(1, values), field(1, plain), field(1, runLength), field(1, runLength), []byte{0, 0})
	return append(head, data...)
}

func TestReader(t *testing.T) {
	for what, c := range map[string]struct {
		data []byte
		fine bool
	}{
		"two pages":     {append(written(nil), written(nil)...), true},
		"cut short":     {written(nil)[:20], false},
		"no header":     {[]byte{0xff, 0xff, 0xff}, false},
		"a checksum":    {written(func(_, _, _, sum *int64) { *sum = 1 }), false},
		"no checksum":   {written(func(_, _, _, sum *int64) { *sum = 0 }), true},
		"beyond":        {written(func(_, packed, _, _ *int64) { *packed = 9 }), false},
		"negative":      {written(func(_, packed, _, _ *int64) { *packed = -1 }), false},
		"more values":   {written(func(_, _, values, _ *int64) { *values = 3 }), false},
		"far more":      {written(func(_, _, values, _ *int64) { *values = 1 << 31 }), false},
		"far too large": {written(func(whole, _, _, _ *int64) { *whole = 1 << 31 }), false},
	} {
		r := NewReader(bytes.NewReader(c.data), Chunk{Kind: Int32, End: int64(len(c.data))})
		var got []int64
		p, err := r.Next()
		for ; err == nil; p, err = r.Next() {
			got = append(got, p.Numbers...)
		}
		if errors.Is(err, io.EOF) != c.fine || c.fine && !slices.Equal(got[:2], []int64{7, 9}) {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(written(nil), int8(Int32), int8(0), int8(0))
	for name, codec := range map[string]int8{"lz4-1-coded": 7, "lz4-2-delta": 7, "lz4-1-prefix": 7, "none-1-plain": 0,
		"gzip-2-plain": 2} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "pages", name+".parquet"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[4:1500], int8(Bytes), codec, int8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind, codec, highest int8) {
		c := Chunk{Kind(kind), Codec(codec), max(int(highest), 0), 0, int64(len(data))}
		r := NewReader(bytes.NewReader(data), c)
		for range 20 {
			p, err := r.Next()
			if err != nil {
				return
			}
			for row := range p.Rows {
				if n := max(len(p.Numbers), len(p.Floats), len(p.Bytes)); !p.IsNull(row) && n != p.Rows {
					t.Fatalf("%d values in %d rows", n, p.Rows)
				}
			}
		}
	})
}
