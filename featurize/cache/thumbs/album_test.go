package thumbs

import (
	"archive/zip"
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// picture is a JPEG of w×h pixels.
func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pictures that were filed by image come back by row, an image that comes twice at its first one.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	heap, path := filepath.Join(dir, "pile"), filepath.Join(dir, "album")
	var b bytes.Buffer
	pile := NewPile(&b)
	for i, size := range []int{10, 20, 30, 40} {
		name := []string{"d", "a", "nowhere", "a"}[i]
		if err := pile.Put(int32(len(name)), name, picture(t, size, 5)); err != nil {
			t.Fatal(err)
		}
	}
	if err := pile.Put(0, "large", make([]byte, MaxBytes+1)); err == nil {
		t.Error("a large picture is taken")
	}
	if err := pile.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(heap, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	n, err := Arrange(&out, heap, func(image func(int32, string) error) error {
		for _, name := range []string{"a", "b", "a", "d"} {
			if err := image(1, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := Open(path, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Check(); err != nil || a.Len() != 2 {
		t.Error(a.Len(), err)
	}
	for row, want := range []int{20, 0, 0, 10} {
		data, kind, ok, err := a.Picture(row)
		if err != nil || ok != (want > 0) {
			t.Fatalf("row %d: %v, %v", row, ok, err)
		}
		if c, _ := jpeg.DecodeConfig(bytes.NewReader(data)); c.Width != want || ok && kind != "image/jpeg" {
			t.Errorf("row %d is %+v of type %q", row, c, kind)
		}
	}
	if _, err := Open(path, 3); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a row too many: %v", err)
	}
}

// What no program of ours wrote is refused, before or as it is read.
func TestRefuses(t *testing.T) {
	good := picture(t, 9, 9)
	type file struct {
		name   string
		method uint16
		data   []byte
	}
	for say, files := range map[string][]file{
		"no next row":     {{"2.jpg", zip.Store, good}, {"1.jpg", zip.Store, good}},
		"../0.jpg":        {{"../0.jpg", zip.Store, good}},
		"00.jpg":          {{"00.jpg", zip.Store, good}},
		"0.jpgx":          {{"0.jpgx", zip.Store, good}},
		"-1.jpg":          {{"-1.jpg", zip.Store, good}},
		"compressed":      {{"0.jpg", zip.Deflate, good}},
		"0 bytes":         {{"0.jpg", zip.Store, nil}},
		"at most":         {{"0.jpg", zip.Store, make([]byte, MaxBytes+1)}},
		"96×96":           {{"0.jpg", zip.Store, picture(t, Side+1, 1)}},
		"invalid JPEG":    {{"0.jpg", zip.Store, []byte("<svg onload=alert(1)>")}},
		"not a valid zip": nil,
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, f := range files {
			out, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := out.Write(f.data); err != nil {
				t.Fatal(err)
			}
		}
		if files != nil {
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "album")
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		a, err := Open(path, 10)
		if err == nil {
			err = a.Check()
			a.Close()
		}
		if fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", say, err)
		}
	}
}
