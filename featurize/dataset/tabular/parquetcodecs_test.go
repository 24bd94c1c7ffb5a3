package tabular_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// TestParquetCodecs: the same rows in every codec, version of pages and encoding that pyarrow writes
// (testdata/make_pages.py).
func TestParquetCodecs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "pages", "*.parquet"))
	if err != nil || len(files) != 18 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		s := settest.List(t, file, "parquet")
		seen := 0
		for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
			for n := range s.Len(split) {
				it := settest.Item(t, s, split, s.Len(split)-1-n)
				var i int
				if _, err := fmt.Sscanf(it.Name, "%d", &i); err != nil {
					t.Fatal(err)
				}
				if got, want := s.Classes()[it.Label], fmt.Sprintf("class %d", (i*i+i/3)%9); got != want {
					t.Errorf("%s: row %d is of %s, not %s", file, i, got, want)
				}
				want := fmt.Sprintf("image of row %d%s", i, strings.Repeat(".", i%7))
				if got, err := s.Read(it); err != nil || string(got) != want {
					t.Errorf("%s: row %d is %q, %v", file, i, got, err)
				}
				seen++
			}
		}
		if want := 50; seen != want {
			t.Errorf("%s: %d images, not %d", file, seen, want)
		}
	}
}

// TestParquetLargePages: pages that a codec makes little smaller, and those that it makes much smaller.
func TestParquetLargePages(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd,
		&parquet.Lz4Raw} {
		for _, version := range []int{1, 2} {
			var rows []settest.Row
			random := rand.New(rand.NewPCG(1, 2))
			for i := range 2000 {
				label, image := int64(i*i+i/3)%9, make([]byte, 90)
				for k := range image[:i%90] {
					image[k] = byte(random.Uint32())
				}
				rows = append(rows, settest.Row{Image: &settest.Cell{Bytes: image}, Label: &label})
			}
			root := t.TempDir()
			settest.Store(t, root, "train.parquet", settest.Parquet(t, rows, parquet.Compression(codec),
				parquet.DataPageVersion(version), parquet.PageBufferSize(20000)))
			settest.Store(t, root, "test.parquet", settest.Parquet(t, rows[:20]))
			s := settest.List(t, root, "parquet")
			wrong := 0
			for i := range s.Len(dataset.Train) {
				it := settest.Item(t, s, dataset.Train, i)
				if image, err := s.Read(it); err != nil || int64(it.Label) != *rows[i].Label ||
					!bytes.Equal(image, rows[i].Image.Bytes) {
					wrong++
				}
			}
			if wrong > 0 || s.Len(dataset.Train) != 2000 {
				t.Errorf("%v, version %d: %d rows of %d are wrong", codec, version, wrong, s.Len(dataset.Train))
			}
		}
	}
}

// TestParquetDamagedPages: wherever a packed page is overwritten, it is an error or other bytes, but nothing falls and
// no memory is taken for it.
func TestParquetDamagedPages(t *testing.T) {
	for _, codec := range []string{
		"snappy-1-plain", "gzip-1-plain", "brotli-2-plain", "zstd-1-plain",
		"lz4-1-plain", "lz4-2-plain", "lz4-1-prefix", "lz4-2-coded",
	} {
		good, err := os.ReadFile(filepath.Join("testdata", "pages", codec+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		root := t.TempDir()
		for at := 4; at < len(good)*2/3; at += 7 {
			data := bytes.Clone(good)
			copy(data[at:], bytes.Repeat([]byte{0xff}, 20))
			s, err := all.Open(settest.Store(t, root, "x.parquet", data), dataset.DefaultOptions())
			if err != nil {
				if kind := fault.KindOf(err); kind != fault.Corrupt && kind != fault.Missing && kind != fault.Usage {
					t.Fatalf("%s at %d: %v", codec, at, err)
				}
				continue
			}
			for i := range s.Len(dataset.Train) {
				_, _ = s.Read(settest.Item(t, s, dataset.Train, i))
			}
			_ = s.Close()
		}
	}
}
