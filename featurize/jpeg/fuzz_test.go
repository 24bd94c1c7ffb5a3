package jpeg

import (
	"bytes"
	goimage "image/jpeg"
	"testing"
)

// FuzzDecode decodes any bytes. Where image/jpeg reads a header too, it reads the same size.
func FuzzDecode(f *testing.F) {
	for name := range expectations(f) {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		check(t, data)
		w, h, err := Size(data)
		if err != nil {
			return
		}
		if c, err := goimage.DecodeConfig(bytes.NewReader(data)); err == nil && (c.Width != w || c.Height != h) {
			t.Errorf("the size is %d×%d; image/jpeg: %d×%d", w, h, c.Width, c.Height)
		}
	})
}
