package pixel

import "testing"

// A thumbnail keeps the proportions and the colours, and small pictures their size.
func TestThumbnail(t *testing.T) {
	for _, c := range []struct{ w, h, tw, th int }{
		{640, 480, 96, 72}, {480, 640, 72, 96}, {96, 96, 96, 96}, {32, 20, 32, 20}, {1, 1, 1, 1}, {5000, 3, 96, 1},
	} {
		img := &RGB{c.w, c.h, make([]byte, 3*c.w*c.h)}
		for i := range c.w * c.h {
			copy(img.Pix[3*i:], []byte{200, 100, 50})
		}
		data, err := Thumbnail(img, 96)
		if err != nil {
			t.Fatal(err)
		}
		small, err := Decode(data)
		if err != nil || small.W != c.tw || small.H != c.th {
			t.Fatalf("%d×%d becomes %+v, %v", c.w, c.h, small, err)
		}
		if p := small.Pix; p[0] < 190 || p[1] < 90 || p[1] > 110 || p[2] > 60 || len(data) > 1500 {
			t.Errorf("%d×%d: %v in %d bytes", c.w, c.h, p[:3], len(data))
		}
	}
}
