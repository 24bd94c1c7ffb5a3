package settest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// The rows of tables as Hugging Face has them.
type (
	// Cell is an image, or the path of one.
	Cell struct {
		Bytes []byte  `parquet:"bytes,optional"`
		Path  *string `parquet:"path,optional"`
	}
	// Row is a row of an image and its label.
	Row struct {
		Image *Cell  `parquet:"image,optional"`
		Label *int64 `parquet:"label,optional"`
	}
)

// Rows makes rows with the labels, whose images are texts of so many bytes that begin "image of row <n>".
func Rows(size int, labels ...int64) (rows []Row) {
	for i, label := range labels {
		text := []byte(fmt.Sprintf("image of row %d", i))
		rows = append(rows, Row{&Cell{Bytes: append(text, make([]byte, max(size-len(text), 0))...)}, &label})
	}
	return rows
}

// Parquet is a table of the rows.
func Parquet[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[T](&buf, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// Described names the columns of Row and the classes, as Hugging Face's library does.
func Described(names ...string) parquet.WriterOption {
	label := `{"names":["` + strings.Join(names, `","`) + `"],"_type":"ClassLabel"}`
	return parquet.KeyValueMetadata("huggingface",
		`{"info":{"features":{"image":{"_type":"Image"},"label":`+label+`}}}`)
}
