package published_test

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// foodTree is Food-101 in small, below a folder of its own as in its archive.
func foodTree(t *testing.T) string {
	root := settest.Tree(t, "food-101/images/apple_pie/1005649.jpg", "food-101/images/apple_pie/1014775.jpg",
		"food-101/images/baby_back_ribs/1.jpg", "food-101/images/waffles/2.jpg",
		"food-101/images/waffles/3.jpg", "food-101/images/waffles/unlisted.jpg", "food-101/README.txt",
		"food-101/license_agreement.txt")
	settest.Write(t, root, "food-101/meta/classes.txt", "apple_pie\nbaby_back_ribs\nwaffles\n")
	settest.Write(t, root, "food-101/meta/labels.txt", "Apple pie\nBaby back ribs\nWaffles\n")
	settest.Write(t, root, "food-101/meta/train.txt", "apple_pie/1005649\nbaby_back_ribs/1\nwaffles/3\n")
	settest.Write(t, root, "food-101/meta/test.txt", "apple_pie/1014775\nwaffles/2\n")
	settest.Write(t, root, "food-101/meta/train.json", `{"apple_pie": ["apple_pie/1005649"]}`)
	return root
}

func TestFood(t *testing.T) {
	root := foodTree(t)
	check := func(root string) {
		t.Helper()
		s := openPublished(t, root, "food-101", "food", dataset.DefaultOptions())
		checkClasses(t, s, "apple pie", "baby back ribs", "waffles")
		checkNames(t, s, dataset.Train, "0 images/apple_pie/1005649.jpg", "1 images/baby_back_ribs/1.jpg",
			"2 images/waffles/3.jpg")
		checkNames(t, s, dataset.Test, "0 images/apple_pie/1014775.jpg", "2 images/waffles/2.jpg")
		checkReads(t, s)
		if n := len(s.About().Notes); n > 0 {
			t.Errorf("notes %q", s.About().Notes)
		}
	}
	check(root)
	check(root + "/food-101")
	settest.Write(t, root, "food-101.tar.gz", "the archive beside what it held")
	check(root)
	// the order is that of classes.txt, where it is, and else the byte order
	settest.Write(t, root, "food-101/meta/classes.txt", "waffles\r\nbaby_back_ribs\r\napple_pie\r\n")
	checkClasses(t, openPublished(t, root, "food-101", "food", dataset.DefaultOptions()), "waffles", "baby back ribs",
		"apple pie")
}

// TestFoodNested reads a copy that packs each folder within another of its name, and lacks classes.txt.
func TestFoodNested(t *testing.T) {
	root := settest.Tree(t, "images/images/b_c/1.jpg", "images/images/a/2.jpg", "images/images/a/3.jpg")
	settest.Write(t, root, "meta/meta/train.txt", "b_c/1\na/2\n")
	settest.Write(t, root, "meta/meta/test.txt", "a/3\n")
	s := openPublished(t, root, "food-101", "food", dataset.DefaultOptions())
	checkClasses(t, s, "a", "b c")
	checkNames(t, s, dataset.Train, "1 images/images/b_c/1.jpg", "0 images/images/a/2.jpg")
	checkReads(t, s)
}

func TestFoodMissing(t *testing.T) {
	root := foodTree(t)
	settest.Write(t, root, "food-101/meta/test.txt", "apple_pie/1014775\nwaffles/404\nwaffles/405\n")
	a := openPublished(t, root, "food-101", "food", dataset.DefaultOptions()).About()
	if a.Missing != 2 || len(a.Notes) != 1 || !strings.Contains(a.Notes[0], "images/waffles/404.jpg") {
		t.Errorf("%+v", a)
	}
}

func TestFoodRefusals(t *testing.T) {
	checkRefusals(t, foodTree, "food-101", map[string]change{
		"no folder": {"food-101/meta/test.txt", "1014775\n", fault.Corrupt, "test.txt line 1"},
		"no file":   {"food-101/meta/test.txt", "waffles/2\nwaffles/\n", fault.Corrupt, "test.txt line 2"},
		"a foreign class": {
			"food-101/meta/train.txt", "apple_pie/1005649\nwafles/3\n", fault.Corrupt,
			`line 2: "wafles/3" is of class "wafles"`,
		},
		"a path upwards": {"food-101/meta/train.txt", "waffles/../../../secret\n", fault.Corrupt, "leads out"},
		"a class twice": {
			"food-101/meta/classes.txt", "apple_pie\nbaby_back_ribs\nwaffles\nwaffles\n", fault.Corrupt,
			`"waffles" twice`,
		},
		"no lists": {"food-101/meta", "", fault.Missing, "meta/train.txt"},
	})
	checkOptions(t, foodTree(t), map[string]dataset.Options{"--fold": {Fold: 1}, "--labels": {Labels: "coarse"}})
}
