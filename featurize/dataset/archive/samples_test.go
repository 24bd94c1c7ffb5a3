package archive_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

func TestWebDataset(t *testing.T) {
	root := t.TempDir()
	settest.Store(t, root, "set-train-000000.tar",
		settest.Tar(t, "s/0001.jpg", "s/0001.cls=1", "s/0001.txt=a caption", "0002.cls.txt= 0\n", "0002.seg.PNG",
			"0003.jpg", "0003.json={\"label\": 1}", "none.cls=0",
			"lost.jpg", "README", ".hidden.jpg", "0004.input.jpg", "0004.output.jpg", "0004.cls=0"))
	settest.Store(t, root, "set-train-000001.tgz",
		settest.Gzip(t,
			settest.Tar(t, "0001.cls=0", "0001.webp", "0005.ppm", "0005.json={\"cls\":\"1\"}", "0006.jpg",
				"0006.cls=-1", "0007.jpg", "0007.json={\"label\":null}")))
	settest.Store(t, root, "set-val-000000.tar", settest.Tar(t, "0001.jpg", "0001.cls=1"))
	settest.Store(t, root, "classes.txt", []byte("\ufeffn02085620 dog_house\r\nn01440764 tench\r\n\r\n"))
	s := settest.List(t, root, "tar")
	if got := s.Classes(); !slices.Equal(got, []string{"dog house", "tench"}) {
		t.Errorf("classes %q", got)
	}
	content := func(name string) string { return name[strings.Index(name, "/")+1:] }
	settest.Wants(t, s, dataset.Train, content, "1 set-train-000000.tar/s/0001.jpg",
		"0 set-train-000000.tar/0002.seg.PNG", "1 set-train-000000.tar/0003.jpg",
		"0 set-train-000000.tar/0004.input.jpg",
		"0 set-train-000001.tgz/0001.webp", "1 set-train-000001.tgz/0005.ppm")
	settest.Wants(t, s, dataset.Test, content, "1 set-val-000000.tar/0001.jpg")
	for _, note := range []string{
		"1 samples without an image, such as none", "2 samples without a label, such as lost.jpg",
		"1 further images of samples", "1 images without a label", "1 hidden files",
	} {
		if !strings.Contains(settest.Notes(s), note) {
			t.Errorf("the notes lack %q:\n%s", note, settest.Notes(s))
		}
	}
}

// TestWebDatasetClasses: names that samples bring, words for labels, and nothing of the kind.
func TestWebDatasetClasses(t *testing.T) {
	for name, c := range map[string]struct{ members, classes, train string }{
		"names": {
			`1.jpg 1.json={"label":1,"label_name":"sea_lion"} 2.jpg 2.cls=0 2.json={"class_name":"ape"}
				3.jpg 3.cls=1 4.jpg 4.cls=0`,
			"ape|sea lion", "",
		},
		"words": {
			`1.jpg 1.json={"label":"sea_lion"} 2.jpg 2.json={"label":"Zebra"}
				3.jpg 3.json={"label":"sea_lion"} 4.jpg 4.json={"label":"Zebra"}`,
			"Zebra|sea lion", "",
		},
		"words in cls": {
			`1.jpg 1.cls=sea_lion 2.jpg 2.cls=Zebra 3.jpg 3.cls=sea_lion 4.jpg 4.cls=Zebra`, "Zebra|sea lion", "",
		},
		"fractions": {
			`1.jpg 1.json={"label":0.0} 2.jpg 2.json={"label":1.0} 3.jpg 3.cls=0.0 4.jpg 4.json={"label":1e0}`,
			"class 0|class 1", "",
		},
		"wnids": {
			`1.jpg 1.json={"label":"n01443537"} 2.jpg 2.json={"label":"n01440764"}
				3.jpg 3.json={"label":"n01443537"} 4.jpg 4.json={"label":"n01440764"}`,
			"tench|goldfish", "",
		},
		"no names": {`1.jpg 1.cls=0 2.jpg 2.cls=2 3.jpg 3.cls=0 4.jpg 4.cls=2`, "class 0|class 1|class 2", ""},
		"an odd table": {
			`1.jpg 1.json={"label":0,"label_name":["x"]} 2.jpg 2.json={"label":1,"boxes":[{}]}
				3.jpg 3.json={"label":1} 4.jpg 4.json={"label":0}`,
			"class 0|class 1", "",
		},
	} {
		s := settest.List(t, settest.Store(t, t.TempDir(), "x.tar", settest.Tar(t, strings.Fields(c.members)...)),
			"tar")
		if got := strings.Join(s.Classes(), "|"); got != c.classes {
			t.Errorf("%s: classes %s", name, got)
		}
		if s.Len(dataset.Train) != 2 || s.Len(dataset.Test) != 2 {
			t.Errorf("%s: %q, %q", name, settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
		}
		nameless := strings.Contains(settest.Notes(s), "have no name")
		if nameless != strings.HasPrefix(c.classes, "class 0") {
			t.Errorf("%s: %s", name, settest.Notes(s))
		}
	}
	members := strings.Fields(`1.jpg 1.json={"label":"z"} 2.jpg 2.json={"label":"a"}
		3.jpg 3.json={"label":"z"} 4.jpg 4.json={"label":"a"}`)
	s := settest.List(t, settest.Store(t, t.TempDir(), "x.tar", settest.Tar(t, members...)), "tar")
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		for _, line := range settest.Names(s, split) {
			if want := map[string]string{"1": "1", "2": "0", "3": "1", "4": "0"}[line[2:3]]; line[:1] != want {
				t.Errorf("classes are not in byte order: %s", line)
			}
		}
	}
}

// TestWebDatasetImages: an image without a further extension is the sample's, whatever the order.
func TestWebDatasetImages(t *testing.T) {
	root := t.TempDir()
	members := strings.Fields("1.mask.png 1.png 1.cls=0 2.png 2.mask.png 2.cls=1 3.a.png 3.png 3.jpg 3.cls=0")
	settest.Store(t, root, "train.tar", settest.Tar(t, members...))
	settest.Store(t, root, "test.tar", settest.Tar(t, strings.Fields("1.mask.png 1.seg.png 1.cls=0 2.png 2.cls=1")...))
	s := settest.List(t, root, "tar")
	settest.Wants(t, s, dataset.Train, within, "0 train.tar/1.png", "1 train.tar/2.png", "0 train.tar/3.png")
	settest.Wants(t, s, dataset.Test, within, "0 test.tar/1.mask.png", "1 test.tar/2.png")
	if want := "5 further images of samples that have several, such as 1.seg.png"; !strings.Contains(settest.Notes(s),
		want) {
		t.Errorf("the notes lack %q:\n%s", want, settest.Notes(s))
	}
}

func TestWebDatasetRefusals(t *testing.T) {
	good := "1.jpg 1.cls=0 2.jpg 2.cls=1 "
	for name, c := range map[string]struct {
		members string
		say     string
	}{
		"no number":     {good + "3.jpg 3.cls=dog", `others are words such as "dog"`},
		"half a number": {good + "3.jpg 3.cls=0.5", `the label of 3.jpg is "0.5"`},
		"a fraction":    {good + `3.jpg 3.json={"label":1.5}`, `the label of 3.jpg is "1.5"`},
		"negative":      {good + "3.jpg 3.cls=-2", "3.jpg has label -2"},
		"huge":          {good + "3.jpg 3.cls=1e19", `the label of 3.jpg is "1e19"`},
		"two names": {
			good + `3.jpg 3.json={"label":1,"label_name":"a"} 4.jpg 4.json={"label":1,"label_name":"b"}`,
			`calls class 1 "b", which is "a" elsewhere`,
		},
		"words, numbers": {good + `3.jpg 3.json={"label":"dog"}`, `others are words such as "dog"`},
		"not JSON":       {good + "3.jpg 3.json={", "3.json is not JSON"},
		"a large label":  {good + "3.jpg 3.cls=" + strings.Repeat("9", 1<<20+1), "more than any label"},
		"out of range":   {good + "3.jpg 3.cls=2", "3.jpg has label 2, but there are 2 classes"},
		"no image":       {"1.cls=0 2.cls=1", "holds no images"},
	} {
		root := t.TempDir()
		if name == "out of range" {
			settest.Store(t, root, names.File, []byte("a\nb\n"))
		}
		_, err := all.Open(settest.Store(t, root, "x.tar", settest.Tar(t, strings.Fields(c.members)...)),
			dataset.DefaultOptions())
		if err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	root := t.TempDir()
	settest.Store(t, root, names.File, []byte("a\n\nb\n"))
	if _, err := all.Open(settest.Store(t, root, "x.tar", settest.Tar(t, strings.Fields(good)...)),
		dataset.DefaultOptions()); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "line 2 is blank") {
		t.Errorf("an empty name: %v", err)
	}
}

// TestTreeWithTables: a label is what makes samples; other JSON beside images in class folders does not.
func TestTreeWithTables(t *testing.T) {
	s := settest.List(t,
		settest.Store(t, t.TempDir(), "x.tar",
			settest.Tar(t, "a/1.jpg", `a/1.json={"boxes":[1]}`, "a/2.jpg", "a/2.json={", "b/1.jpg", "b/2.jpg")), "tar")
	if got := s.Classes(); !slices.Equal(got, []string{"a", "b"}) || s.Len(dataset.Train) != 2 {
		t.Errorf("%q: %q", got, settest.Names(s, dataset.Train))
	}
}

// TestTreeWithCaptions: words beside images in class folders are captions if they hardly repeat, and boxes are no
// labels at all.
func TestTreeWithCaptions(t *testing.T) {
	for name, c := range map[string]struct{ json, classes string }{
		"captions": {`"label":"whole %d"`, "a b"},
		"boxes":    {`"label":[{"bbox":[1,2]}],"cls":{}`, "a b"},
		"words":    {`"label":"word%d"`, "word0 word1"},
		"numbers":  {`"label":"%d"`, "class 0 class 1"},
	} {
		var members []string
		for _, folder := range []string{"a", "b"} {
			for i := range 600 {
				n := i
				if name != "captions" {
					n %= 2
				}
				json := strings.ReplaceAll(c.json, "%d", strconv.Itoa(n))
				members = append(members, fmt.Sprintf("%s/%d.jpg", folder, i),
					fmt.Sprintf("%s/%d.json={%s}", folder, i, json))
			}
		}
		s := settest.List(t, settest.Store(t, t.TempDir(), "x.tar", settest.Tar(t, members...)), "tar")
		if got := strings.Join(s.Classes(), " "); got != c.classes || s.Len(dataset.Train)+s.Len(dataset.Test) != 1200 {
			t.Errorf("%s: %d classes %.80q", name, len(s.Classes()), got)
		}
	}
}
