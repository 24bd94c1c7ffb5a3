package page

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codec is how pages are packed, by its number in parquet.thrift.
type Codec int64

// codecs unpack src into all of dst, or fail. That they fill it is checked here and not left to the libraries.
var codecs = map[Codec]struct {
	name   string
	unpack func(dst, src []byte) error
}{
	0: {"UNCOMPRESSED", func(dst, src []byte) error { return filled(dst, copy(dst, src)) }},
	1: {"SNAPPY", unpackSnappy},
	2: {"GZIP", unpackGzip},
	3: {"LZO", nil},
	4: {"BROTLI", func(dst, src []byte) error { return fill(dst, brotli.NewReader(bytes.NewReader(src))) }},
	5: {"LZ4", unpackHadoop},
	6: {"ZSTD", unpackZstd},
	7: {"LZ4_RAW", unpackLZ4},
}

// Check refuses a codec that is not read.
func (c Codec) Check() error {
	if one, known := codecs[c]; !known || one.unpack == nil {
		return refuse("pages are compressed by %v, which is not read; write the table anew with zstd", c)
	}
	return nil
}

func (c Codec) String() string {
	if name := codecs[c].name; name != "" {
		return name
	}
	return fmt.Sprintf("codec %d", int64(c))
}

// unpack returns the size bytes that are packed in src.
func (c Codec) unpack(src []byte, size int64) ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c == 0 || size == 0 && len(src) == 0 { // a page of nulls may be empty
		return src, nil
	}
	dst := make([]byte, size)
	if err := codecs[c].unpack(dst, src); err != nil {
		return nil, fmt.Errorf("the %v data of a page is damaged: %w", c, err)
	}
	return dst, nil
}

// filled compares what came out with what should have.
func filled(dst []byte, n int) error {
	if n != len(dst) {
		return fmt.Errorf("it holds %d bytes, its header says %d", n, len(dst))
	}
	return nil
}

// fill reads all of dst and expects the end there.
func fill(dst []byte, r io.Reader) error {
	if n, err := io.ReadFull(r, dst); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("it ends after %d of %d bytes", n, len(dst))
	} else if err != nil {
		return err
	}
	var more [1]byte
	switch n, err := io.ReadFull(r, more[:]); {
	case n > 0:
		return fmt.Errorf("it holds more than the %d bytes that its header says", len(dst))
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

func unpackSnappy(dst, src []byte) error {
	n, err := snappy.DecodedLen(src)
	if err != nil {
		return err
	}
	if err := filled(dst, n); err != nil {
		return err
	}
	_, err = snappy.Decode(dst, src)
	return err
}

func unpackGzip(dst, src []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return err
	}
	return fill(dst, z)
}

// zstandard never makes more than it is given room for, in one goroutine.
var zstandard = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
})

func unpackZstd(dst, src []byte) error {
	z, err := zstandard()
	if err != nil {
		return err
	}
	got, err := z.DecodeAll(src, dst[:0:len(dst)])
	if err != nil {
		return err
	}
	return filled(dst, copy(dst, got))
}

func unpackLZ4(dst, src []byte) error {
	if len(dst) == 0 && bytes.Equal(src, []byte{0}) { // the library asks for room where none is needed
		return nil
	}
	n, err := lz4.UncompressBlock(src, dst)
	if err != nil {
		return err
	}
	return filled(dst, n)
}

// unpackHadoop unpacks what is called LZ4 only: blocks, each with its two lengths before it as Hadoop writes them, or
// one block without, as others did.
func unpackHadoop(dst, src []byte) error {
	rest, to := src, dst
	for len(rest) >= 8 {
		whole, packed := uint64(binary.BigEndian.Uint32(rest)), uint64(binary.BigEndian.Uint32(rest[4:]))
		if rest = rest[8:]; whole > uint64(len(to)) || packed > uint64(len(rest)) ||
			unpackLZ4(to[:whole:whole], rest[:packed]) != nil {
			return unpackLZ4(dst, src)
		}
		rest, to = rest[packed:], to[whole:]
	}
	if len(rest) > 0 || len(to) > 0 {
		return unpackLZ4(dst, src)
	}
	return nil
}
