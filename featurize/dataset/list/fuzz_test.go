package list

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
)

// FuzzList reads any bytes as a list: it ends, without a panic, and every row has a path or is refused by the caller.
func FuzzList(f *testing.F) {
	for name, content := range SameLists {
		f.Add([]byte(content), filepath.Ext(name))
	}
	f.Add([]byte("0\t1.0\ta.png\n"), ".lst")
	f.Add([]byte("a b.png 3\n# x\n\nc.png 4"), ".txt")
	f.Add([]byte("a.png,3\n\"c\n\"\"d\"\"\",4\n"), ".csv")
	f.Fuzz(func(t *testing.T, data []byte, ext string) {
		if !slices.Contains(fileExtensions, ext) {
			ext = ".txt"
		}
		l, err := newReader(bytes.NewReader(data), "x"+ext, dataset.Options{})
		if err != nil {
			return
		}
		v := &vocabulary{}
		lines := bytes.Count(data, []byte("\n")) + 1
		for n := 0; ; n++ {
			var r row
			if err := l.next(&r); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return
			}
			if r.line < 1 || r.line > lines || n > lines {
				t.Fatalf("row %d is on line %d of %d", n, r.line, lines)
			}
			if err := v.add(l, &r); err != nil {
				return
			}
		}
		classes, err := v.number(&dataset.Remarks{}, "nowhere")
		if err != nil {
			return
		}
		for text := range v.labels {
			if i, ok := v.of(text); !ok || i < -1 || i >= len(classes) {
				t.Fatalf("label %q is %d of %d classes", text, i, len(classes))
			}
		}
	})
}

// FuzzCoOp reads any bytes as a list of CoOp's.
func FuzzCoOp(f *testing.F) {
	f.Add([]byte(`{"train":[["a/1.jpg",0,"x"]],"val":[["2.jpg",1,"y"]],"test":[["3.jpg",1,"y"]]}`))
	f.Add([]byte(`{"train":{"data":[{"impath":"a","label":1.0,"classname":""}],"indices":[1]},
		"x":[{"y":[]}],"test_acpfl":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		images := 0
		keys, err := readCoOp("x.json", bytes.NewReader(data), func(part string, e *coopEntry) error {
			images++
			if part == "" || e.path == "" {
				t.Fatalf("image %q of part %q", e.path, part)
			}
			return nil
		})
		if err == nil && images > 0 && len(keys) == 0 {
			t.Fatal("images of no part")
		}
	})
}
