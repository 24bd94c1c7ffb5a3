package recipes

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The commands for the paper's tables run as they stand, but for the model, seeds, rounds and views, on small data in
// the places that they name.
func TestPaper(t *testing.T) {
	l := newLab(t, build(t))
	standIns(t, l.dir)
	small := strings.NewReplacer("clip-vit-b16", "tiny", "--seeds 1-3", "--seeds 1 --rounds 2 --quiet",
		"--views 10", "--views 1", "26.48", "99")
	guide := read(t, "paper.md")
	for _, b := range block.FindAllStringSubmatch(guide, -1) {
		l.run(t, b[1], small.Replace(b[2]))
	}
	for _, report := range []string{
		"cifar100-if500", "cifar100-beta0.1", "cifar100-arms", "imagenet-lt", "places-lt", "food101", "pets",
	} {
		text := read(t, filepath.Join(l.dir, "report", report, "report.md"))
		if !strings.Contains(text, "| zero-shot |") {
			t.Errorf("%s has no zero-shot:\n%.300s", report, text)
		}
	}
}

// standIns makes a few pictures of every data set that the guide names, as it is unpacked.
func standIns(t *testing.T, dir string) {
	t.Helper()
	put := func(name string, data []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for split, each := range map[string]int{"train": 6, "test": 2} { // coarse and fine label, then three planes
		var records []byte
		for i := range 100 * each {
			records = append(records, byte(i%100/5), byte(i%100))
			for j := range 3 * 32 * 32 {
				records = append(records, byte(128+100*math.Sin(float64((i%100+1)*j)/100+float64(i))))
			}
		}
		put("cifar-100-binary/"+split+".bin", records)
	}
	n := 0
	picture := func() []byte {
		n++
		img := image.NewRGBA(image.Rect(0, 0, 8, 8))
		img.Set(n%8, n/8%8, color.RGBA{byte(n), byte(n >> 8), 99, 255})
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, set := range []string{"food-101", "dtd", "fgvc-aircraft-2013b", "stanford-dogs", "oxford-iiit-pet"} {
		for i := range 250 {
			split := map[bool]string{true: "test", false: "train"}[i%5 == 0]
			put(fmt.Sprintf("%s/%s/kind %d/%d.png", set, split, i/5%10, i), picture())
		}
	}
	for _, set := range []struct {
		lists, images string
		classes       []string
	}{
		{"ImageNet_LT/ImageNet_LT", "imagenet", []string{"n01440764", "n01443537", "n01484850", "n01491361"}},
		{"Places_LT/Places_LT", "places365", []string{"a/airfield", "a/alley", "b/bar", "b/barn"}},
	} {
		for split, each := range map[string]int{"train": 20, "test": 10} {
			var list []byte
			for i := range each * len(set.classes) {
				c := i % len(set.classes)
				name := fmt.Sprintf("%s/%s/%d.jpg", split, set.classes[c], i)
				put(set.images+"/"+name, picture())
				list = fmt.Appendf(list, "%s %d\n", name, c)
			}
			put(set.lists+"_"+split+".txt", list)
		}
	}
}
