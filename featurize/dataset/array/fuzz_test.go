package array

import (
	"os"
	"path/filepath"
	"testing"
)

func FuzzIDX(f *testing.F) {
	f.Add(append([]byte{0, 0, 8, 3, 0, 0, 0, 11, 0, 0, 0, 2, 0, 0, 0, 3}, make([]byte, 66)...))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		file, err := openIDXFile(path, 3)
		if err != nil {
			return
		}
		defer file.close()
		a := &arrays{}
		if _, err := a.unpack(&file.stream, grey(file.dims[2], file.dims[1])); err == nil &&
			file.bytes > 1100*int64(len(data)) {
			t.Fatalf("%d bytes of %d", file.bytes, len(data))
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
