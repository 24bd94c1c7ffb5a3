package tree_test

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// grid is a tree of outer folders that each hold the inner ones, with two images in each of those.
func grid(t *testing.T, outer, inner string) string {
	var files []string
	for _, o := range strings.Fields(outer) {
		for _, i := range strings.Fields(inner) {
			files = append(files, o+"/"+i+"/1.jpg", o+"/"+i+"/2.jpg")
		}
	}
	return settest.Tree(t, files...)
}

// Folders that group class folders are no classes where their names, or those in them, show it.
func TestClassesBelowGroups(t *testing.T) {
	for name, c := range map[string]struct{ root, classes, note string }{
		"Office-Home": {
			grid(t, "Art Clipart Product Real_World", "Alarm_Clock Backpack Bike"), "Alarm Clock|Backpack|Bike",
			"and they the clients",
		},
		"Office-31": {grid(t, "amazon/images dslr/images webcam/images", "bike mug"), "bike|mug", "--class-level 1"},
		"PACS, two splits": {
			grid(t, "train/photo train/sketch test/photo test/sketch", "dog elephant"), "dog|elephant",
			"photo, sketch are clients or domains",
		},
		"folds": {
			grid(t, "fold_1 fold_2 fold_3", "cat dog"), "cat|dog", "--partition natural --client-pattern '^([^/]+)/'",
		},
		"clients": {
			settest.Tree(t, "client_1/cat/1.jpg", "client_2/cat/1.jpg", "client_2/dog/1.jpg", "client_3/dog/2.jpg"),
			"cat|dog", "",
		},
		"iNaturalist": {
			settest.Tree(t, "Aves/17/1.jpg", "Aves/17/2.jpg", "Plantae/7477/1.jpg", "Plantae/7477/2.jpg",
				"Plantae/9/1.jpg", "Plantae/9/2.jpg"), "17|7477|9", "groups of classes",
		},
		"SUN397": {
			settest.Tree(t, "a/abbey/1.jpg", "a/abbey/2.jpg", "a/apartment_building/outdoor/1.jpg",
				"a/apartment_building/outdoor/2.jpg", "b/bar/1.jpg", "b/bar/2.jpg"),
			"abbey|apartment building outdoor|bar", "are letters",
		},
		"equal names":        {grid(t, "north south", "cat dog"), "cat|dog", "hold the same folders each"},
		"a folder of each":   {grid(t, "cat dog", "images"), "cat|dog", ""},
		"one class at sites": {grid(t, "north south", "hat"), "north|south", "each hold one folder, hat"},
		"versions of each":   {grid(t, "cat dog", "original augmented"), "cat|dog", "--class-level 2 takes these"},
		"sessions of each":   {grid(t, "cat dog", "session1 session2"), "cat|dog", "the class folders hold folders"},
		"masks of each":      {grid(t, "COVID Normal", "images masks"), "COVID|Normal", "masks, thumbnails"},
		"letters of a hand":  {grid(t, "A B C", "pictures"), "A|B|C", ""},
		"one with folders": {
			settest.Tree(t, "cat/1.jpg", "cat/2.jpg", "dog/x/1.jpg", "dog/y/1.jpg"), "cat|dog",
			"1 class folders, such as dog, hold folders of their own",
		},
	} {
		s := settest.OpenAs(t, "folder", c.root, nil)
		if got := strings.Join(s.Classes(), "|"); got != c.classes {
			t.Errorf("%s: classes %s", name, got)
		}
		if c.note != "" {
			settest.Noted(t, s, c.note)
		}
	}
}

// Where both levels can be the classes', the error says the option for each reading, and both options work.
func TestClassLevels(t *testing.T) {
	both := []string{"pass --class-level 1", "pass --class-level 2"}
	for name, root := range map[string]string{
		"groups of classes": settest.Tree(t,
			"fish/shark/1.jpg", "fish/ray/1.jpg", "trees/oak/1.jpg", "trees/fir/1.jpg"),
		"videos":                 settest.Tree(t, "run/v1/1.jpg", "run/v2/1.jpg", "walk/v3/1.jpg", "walk/v4/1.jpg"),
		"more outer ones":        grid(t, "ant bee cow", "indoor outdoor"),
		"numbers":                grid(t, "cat dog", "1 2"),
		"one of them is a class": settest.Tree(t, "a/x/1.jpg", "a/y/1.jpg", "b/x/1.jpg", "b/y/1.jpg", "c/1.jpg"),
		"a stray image": settest.Tree(t, "ant/x.jpg", "ant/a/1.jpg", "ant/b/1.jpg", "bee/c/1.jpg",
			"bee/d/1.jpg"),
		"some of one's are alike": settest.Tree(t, "one/x/1.jpg", "one/y/1.jpg", "two/y/1.jpg", "two/z/1.jpg"),
	} {
		settest.Fails(t, name, root, dataset.DefaultOptions(), fault.Usage, both...)
	}
	root := grid(t, "ant bee cow", "indoor outdoor")
	for level, classes := range map[int]string{1: "ant|bee|cow", 2: "indoor|outdoor"} {
		s := settest.OpenAs(t, "folder", root, func(o *dataset.Options) { o.ClassLevel = level })
		if got := strings.Join(s.Classes(), "|"); got != classes || s.Len(dataset.Train)+s.Len(dataset.Test) != 12 {
			t.Errorf("level %d: %s", level, got)
		}
	}
	settest.Fails(t, "versions", grid(t, "color grayscale", "x y"), dataset.DefaultOptions(), fault.Usage,
		"several versions", "/color")
	settest.Fails(t, "splits within", grid(t, "Art/train Art/test Clipart/train Clipart/test", "a b"),
		dataset.DefaultOptions(), fault.Usage, "each hold test, train", "/Art")
	o := dataset.DefaultOptions()
	o.ClassLevel = 3
	settest.Fails(t, "too deep", root, o, fault.Missing, "no class folders")
	o.ClassLevel = -1
	settest.Fails(t, "no level", root, o, fault.Usage, "class level -1")
}

// What other programs keep in a tree, and masks, are no images of the set; what is left out is said.
func TestForeignFolders(t *testing.T) {
	s := settest.OpenAs(t, "folder", settest.Tree(t, "cat/1.jpg", "cat/2.jpg", "cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg",
		"dog/1.jpg", "dog/2.jpg", "dog/#recycle/3.jpg", "@eaDir/x.jpg", "lost+found/1.jpg", "$RECYCLE.BIN/1.jpg",
		"System Volume Information/1.jpg", "cat/.AppleDouble/1.jpg", "__MACOSX/cat/1.jpg"), nil)
	settest.Equal(t, "classes", s.Classes(), []string{"cat", "dog"})
	if s.Len(dataset.Train)+s.Len(dataset.Test) != 4 {
		t.Errorf("%q and %q", settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
	}
	settest.Noted(t, s, "6 folders and files of other programs, such as $RECYCLE.BIN")
	s = settest.OpenAs(t, "folder", settest.Tree(t, "a/1.png", "a/1_mask.png", "a/2.jpg", "a/2_mask_1.png",
		"a/2_segmentation.png", "b/benign (1).png", "b/benign (1)_mask.png", "b/face_mask.jpg"), nil)
	all := append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...)
	if len(all) != 4 || !strings.Contains(strings.Join(all, "|"), "face_mask.jpg") {
		t.Errorf("images %q", all)
	}
	settest.Noted(t, s, "4 masks, thumbnails and the like that lie beside their images, such as a/1_mask.png")
}
