package archive_test

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// packed is an archive of files with the names.
func packed(t *testing.T, members string) string {
	t.Helper()
	return settest.Store(t, t.TempDir(), "x.tar", settest.Tar(t, strings.Fields(members)...))
}

// The level of the classes is found in archives as it is in folders.
func TestTarClassLevels(t *testing.T) {
	for name, c := range map[string]struct{ members, classes, note string }{
		"domains": {
			"o/Art/bike/1.jpg o/Art/mug/1.jpg o/Clipart/bike/1.jpg o/Clipart/mug/1.jpg", "bike|mug", "--class-level 1",
		},
		"domains in splits": {
			"train/photo/a/1.jpg train/photo/b/1.jpg train/sketch/a/1.jpg train/sketch/b/1.jpg test/photo/a/2.jpg " +
				"test/sketch/b/2.jpg", "a|b", "--class-level 1",
		},
		"letters": {
			"a/abbey/1.jpg a/abbey/2.jpg b/bar/in/1.jpg b/bar/out/2.jpg b/bar/out/3.jpg",
			"abbey|bar in|bar out", "letters",
		},
		"masks": {
			"a/images/1.png a/images/2.png a/masks/1.png b/images/3.png b/images/4.png b/masks/3.png", "a|b",
			"left out: 2 masks",
		},
		"mask files": {"a/1.png a/1_mask.png a/2.png b/1.png b/2.png b/2_seg.png", "a|b", "left out: 2 masks"},
		"junk": {
			"a/1.png a/2.png a/@eaDir/1.png/x.png b/1.png b/2.png #recycle/3.png", "a|b", "left out: 2 folders",
		},
	} {
		s := settest.List(t, packed(t, c.members), "tar")
		if got := strings.Join(s.Classes(), "|"); got != c.classes {
			t.Errorf("%s: classes %s", name, got)
		}
		settest.Noted(t, s, c.note)
	}
	groups := packed(t, "fish/shark/1.jpg fish/ray/1.jpg trees/oak/1.jpg trees/fir/1.jpg trees/x.jpg trees/fir/2.jpg")
	settest.Fails(t, "groups", groups, dataset.DefaultOptions(), fault.Usage, "--class-level 1", "--class-level 2")
	s := settest.OpenAs(t, "tar", groups, func(o *dataset.Options) { o.ClassLevel = 2 })
	settest.Equal(t, "second level", s.Classes(), []string{"fir", "oak", "ray", "shark"})
	settest.Noted(t, s, "1 images above the level of the class folders, such as trees/x.jpg")
	o := dataset.DefaultOptions()
	o.ClassLevel = 1
	settest.Fails(t, "samples", packed(t, "1.jpg 1.cls=0 2.jpg 2.cls=1"), o, fault.Usage, "--class-level")
}

// Sites above the classes are the clients in archives as they are in folders.
func TestTarSites(t *testing.T) {
	for members, clients := range map[string]string{
		"o/Bern/cat/1.jpg o/Bern/dog/1.jpg o/Ulm/cat/1.jpg o/Ulm/dog/1.jpg o/Ulm/dog/2.jpg": "Bern 2|Ulm 3",
		"train/s1/a/1.jpg train/s1/b/1.jpg train/s2/a/1.jpg train/s2/b/1.jpg test/a/1.jpg":  " 1|s1 2|s2 2",
		"site-1/cat/1.jpg site-1/dog/1.jpg site-2/cat/1.jpg site-2/cat/2.jpg site-3/dog/1.jpg": "site-1 2|site-2 2|" +
			"site-3 1",
		"fold_1/cat/1.jpg fold_1/dog/1.jpg fold_2/cat/1.jpg fold_2/dog/1.jpg": " 4",
		"cat/1.jpg cat/2.jpg dog/1.jpg dog/2.jpg":                             " 4",
	} {
		s := settest.List(t, packed(t, members), "tar")
		if got := strings.Join(settest.Clients(t, s), "|"); got != clients {
			t.Errorf("%s: clients %s", members, got)
		}
	}
}
