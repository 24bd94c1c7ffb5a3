package cache

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/cache/thumbs"
	"github.com/fedpurel/fedpurel/train/fault"
)

// pictured puts pictures of the first images of each class, each of another grey.
func pictured(t testing.TB, p Contents) func(*thumbs.Pile) error {
	return func(pile *thumbs.Pile) error {
		for i := range min(p.Thumbnails*classes, p.Splits[1].Rows) {
			img := image.NewGray(image.Rect(0, 0, 8, 8))
			for k := range img.Pix {
				img.Pix[k] = byte(20 * i)
			}
			var b bytes.Buffer
			if err := jpeg.Encode(&b, img, nil); err != nil {
				t.Fatal(err)
			}
			if err := pile.Put(int32(i%classes), file("test", i), b.Bytes()); err != nil {
				return err
			}
		}
		return nil
	}
}

// shown is the grey of each picture, by row.
func shown(t *testing.T, dir string) (greys map[int]int, perClass int) {
	t.Helper()
	a, perClass, err := Pictures(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	greys = map[int]int{}
	for row := range 30 {
		data, _, ok, err := a.Picture(row)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		greys[row] = int(color.GrayModel.Convert(img.At(3, 3)).(color.Gray).Y)
	}
	return greys, perClass
}

// A cache that gets thumbnails later is the one that was made with them, and keeps its fingerprint.
func TestIllustrate(t *testing.T) {
	p := testContents(20, 10, "<f4")
	plain := fresh(t, p)
	if _, _, err := Pictures(plain); fault.KindOf(err) != fault.Missing ||
		!strings.Contains(err.Error(), "--thumbnails 8") {
		t.Errorf("without thumbnails: %v", err)
	}
	before := open(t, plain).Manifest.Fingerprint
	for _, n := range []int{2, 1} {
		p.Thumbnails = n
		m, err := Illustrate(plain, n, pictured(t, p))
		if err != nil || m.Fingerprint != before {
			t.Fatal(m, err)
		}
		holds(t, "illustrated", plain, content(t, fresh(t, p)))
		greys, perClass := shown(t, plain)
		if perClass != n || !slices.Equal(slices.Sorted(maps.Keys(greys)), []int{0, 1, 2, 3, 4, 5}[:classes*n]) ||
			greys[2] != 40 {
			t.Errorf("%d of each class: %v", perClass, greys)
		}
		if has, err := Illustrated(plain); has != n || err != nil {
			t.Errorf("%d of each class, %v", has, err)
		}
	}
	want := content(t, plain)
	failing := errors.New("the power went out")
	if _, err := Illustrate(plain, 5, func(*thumbs.Pile) error { return failing }); !errors.Is(err, failing) {
		t.Error(err)
	}
	holds(t, "after a failure", plain, want)
}

// The number of thumbnails does not keep work from being continued; the last one that was asked for counts.
func TestThumbnailsOfUnfinishedWork(t *testing.T) {
	p := testContents(20, 10, "<f4")
	p.Thumbnails = 2
	dir := filepath.Join(t.TempDir(), "x")
	for _, n := range []int{2, 0, 1} {
		p.Thumbnails = n
		w, err := Create(dir, p, Shard{}, true)
		if err != nil {
			t.Fatal(err)
		}
		if w.HasThumbs() != (n == 0) {
			t.Errorf("%d of each class are there already", n)
		}
		fill(t, w, p, Shard{}, 0)
		if n == 1 {
			if _, err := w.Finish(t.Context(), map[string]string{"go": "x"}); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
	}
	holds(t, "continued", dir, content(t, fresh(t, p)))
}

// A site's pictures are its own: they stay behind where caches of sites become one.
func TestSitesKeepTheirThumbnails(t *testing.T) {
	var sites []Site
	for _, name := range []string{"Rome", "Oslo"} {
		s := place{name: name, classes: []string{"owl", "fox", "elk"}, train: 4, test: 6}.put(t)
		p := testContents(4, 6, "<f4")
		p.Thumbnails = 1
		if m, err := Illustrate(s.Dir, 1, pictured(t, p)); err != nil || m.Splits[1].Thumbs.Pictures != 3 {
			t.Fatal(m, err)
		}
		sites = append(sites, s)
	}
	dir, _ := merged(t, sites...)
	if _, _, err := Pictures(dir); fault.KindOf(err) != fault.Missing {
		t.Error(err)
	}
	if err := open(t, dir).Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
