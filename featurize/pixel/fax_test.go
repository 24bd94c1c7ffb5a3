package pixel

import (
	"os"
	"path/filepath"
	"testing"
)

// Fax-compressed TIFFs of both senses of black, as Pillow writes them (testdata/make.py), are the same picture:
// white where (x+y) mod 7 < 3.
func TestFax(t *testing.T) {
	for _, name := range []string{"fax-3-0.tif", "fax-3-1.tif", "fax-4-0.tif", "fax-4-1.tif"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Decode(data)
		if err != nil || m.W != 30 || m.H != 20 {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range m.W * m.H {
			want := byte(0)
			if (i%m.W+i/m.W)%7 < 3 {
				want = 255
			}
			if m.Pix[3*i] != want {
				t.Fatalf("%s: pixel %d is %d, want %d", name, i, m.Pix[3*i], want)
			}
		}
	}
	for _, torn := range []string{"", "II*\x00", "II*\x00\xff\xff\xff\xff", "MM\x00*\x00\x00\x00\x08\xff\xff"} {
		if faxInverted([]byte(torn)) {
			t.Errorf("%q", torn)
		}
	}
}
