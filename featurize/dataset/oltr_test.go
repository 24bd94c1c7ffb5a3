package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

func TestImageNetLT(t *testing.T) {
	images := []string{"train/n01440764/n01440764_10026.JPEG", "train/n01440764/n01440764_762.JPEG", "train/n01443537/n01443537_1.JPEG", "val/n01440764/ILSVRC2012_val_00029930.JPEG"}
	for _, c := range []struct{ lists, images string }{{"", ""}, {"ImageNet_LT/", ""}, {"ImageNet_LT/", "ImageNet_LT/"}} {
		t.Run(c.lists+"|"+c.images, func(t *testing.T) {
			root := t.TempDir()
			for _, f := range images {
				writeIn(t, root, c.images+f, f)
			}
			writeIn(t, root, "x/y", "") // the root does not stand for its only folder
			writeIn(t, root, c.lists+"ImageNet_LT_train.txt", images[0]+" 0\n"+images[2]+" 1\ntrain/n01443537/n01443537_2.JPEG 1\n")
			writeIn(t, root, c.lists+"ImageNet_LT_val.txt", images[1]+" 0\n")
			writeIn(t, root, c.lists+"ImageNet_LT_test.txt", images[3]+" 0\r\n")
			s := openAs(t, "imagenet-lt", root, func(o *Options) { o.Val = "train" })
			expectRows(t, "classes", s.Classes(), []string{"tench", "goldfish"})
			expectRows(t, "train", names(s, Train), []string{"0 " + images[0], "1 " + images[2], "1 train/n01443537/n01443537_2.JPEG", "0 " + images[1]})
			expectRows(t, "test", names(s, Test), []string{"0 " + images[3]})
			if a := s.About(); a.Missing != 1 || a.Examples[0] != "train/n01443537/n01443537_2.JPEG" {
				t.Errorf("%+v", a)
			}
			if data, err := s.Read(item(t, s, Test, 0)); err != nil || string(data) != images[3] {
				t.Errorf("read %q, %v", data, err)
			}
			writeIn(t, root, c.lists+"classnames.txt", "n01440764 a tench, so called\nn01443537 gold fish\nn99999999 other\n")
			s = openAs(t, "imagenet-lt", root, nil)
			expectRows(t, "classes", s.Classes(), []string{"a tench, so called", "gold fish"})
		})
	}
}

// The lists may lie far from the images, or beside their folder.
func TestImageNetLTImages(t *testing.T) {
	data := tree(t, "train/n01440764/1.JPEG", "train/n01443537/1.JPEG", "val/n01440764/1.JPEG", "lists/x")
	for _, f := range []string{"lists", "far"} {
		writeIn(t, data, f+"/ImageNet_LT_train.txt", "train/n01440764/1.JPEG 0\ntrain/n01443537/1.JPEG 1\n")
		writeIn(t, data, f+"/ImageNet_LT_test.txt", "val/n01440764/1.JPEG 0\n")
	}
	s := openAs(t, "imagenet-lt", filepath.Join(data, "lists"), nil)
	if _, err := s.Read(item(t, s, Test, 0)); err != nil || s.About().Missing != 0 {
		t.Errorf("%v, %+v", err, s.About())
	}
	s = openAs(t, "imagenet-lt", filepath.Join(data, "lists"), func(o *Options) { o.Images = t.TempDir() })
	if s.About().Missing != 3 {
		t.Errorf("%+v", s.About())
	}
	s = openAs(t, "imagenet-lt", filepath.Join(data, "far"), func(o *Options) { o.Images = data })
	if s.About().Missing != 0 {
		t.Errorf("%+v", s.About())
	}
}

// The labels of Places-LT are not the positions of the sorted folders.
func TestPlacesLT(t *testing.T) {
	root := t.TempDir()
	var train, test, class strings.Builder
	for label, scene := range []string{"airfield", "apartment_building-outdoor", "desert_road", "desert-sand"} {
		fmt.Fprintf(&train, "train/%s/00004851.jpg %d\n", scene, label)
		fmt.Fprintf(&test, "val/%s/Places365_val_0000%d.jpg %d\n", scene, label, label)
		fmt.Fprintf(&class, "%d %s of its own\n", label, scene)
		writeIn(t, root, "train/"+scene+"/00004851.jpg", scene)
	}
	writeIn(t, root, "Places_LT/Places_LT_train.txt", train.String())
	writeIn(t, root, "Places_LT/Places_LT_test.txt", test.String())
	s := openAs(t, "places-lt", root, nil)
	expectRows(t, "classes", s.Classes(), []string{"airfield", "apartment building outdoor", "desert road", "desert sand"})
	if data, err := s.Read(item(t, s, Train, 3)); err != nil || string(data) != "desert-sand" || item(t, s, Train, 3).Label != 3 {
		t.Errorf("read %q, %v", data, err)
	}
	if a := s.About(); a.Missing != 4 || a.Templates != "places2" {
		t.Errorf("%+v", a)
	}
	writeIn(t, root, "Places_LT/class_name_list.txt", class.String())
	if got := openAs(t, "places-lt", root, nil).Classes(); got[3] != "desert-sand of its own" {
		t.Errorf("classes %q", got)
	}
}

// Places365 with letter folders and flat validation images.
func TestPlaces365Lists(t *testing.T) {
	for data, lists := range map[string]string{"data_256": "", "data_large_standard": "filelist_places365-standard/"} {
		root := tree(t, data+"/a/airfield/00000001.jpg", data+"/a/apartment_building/outdoor/00000001.jpg", "val_256/Places365_val_00000001.jpg")
		writeIn(t, root, lists+"places365_train_standard.txt", "/a/airfield/00000001.jpg 0\n/a/apartment_building/outdoor/00000001.jpg 1\n/a/airfield/00000002.jpg 0\n")
		writeIn(t, root, lists+"places365_val.txt", "Places365_val_00000001.jpg 1\n")
		s := openAs(t, "places365", root, nil)
		expectRows(t, "classes", s.Classes(), []string{"airfield", "apartment building outdoor"})
		expectRows(t, "train", names(s, Train)[:2], []string{"0 " + data + "/a/airfield/00000001.jpg", "1 " + data + "/a/apartment_building/outdoor/00000001.jpg"})
		expectRows(t, "test", names(s, Test), []string{"1 val_256/Places365_val_00000001.jpg"})
		if s.About().Missing != 1 {
			t.Errorf("%+v", s.About())
		}
	}
}

// places365_standard is a tree of class folders.
func TestPlaces365Folders(t *testing.T) {
	root := tree(t, "train/airfield/1.jpg", "train/apartment_building-outdoor/1.jpg", "val/airfield/2.jpg", "train.txt", "val.txt")
	writeIn(t, root, "train.txt", "train/airfield/1.jpg\ntrain/apartment_building-outdoor/1.jpg\n")
	s := openAs(t, "folder", root, nil)
	expectRows(t, "classes", s.Classes(), []string{"airfield", "apartment building outdoor"})
}

func TestSceneFolder(t *testing.T) {
	for name, want := range map[string]string{
		"train/airfield/1.jpg": "airfield", "/a/airfield/1.jpg": "airfield", "data_256/a/apartment_building/outdoor/1.jpg": "apartment_building-outdoor",
		"Places365_val_1.jpg": "", "val/1.jpg": "", "val_256/1.jpg": "", "/1.jpg": "", "airfield/1.jpg": "airfield", "./t/train_station/platform/1.jpg": "train_station-platform",
	} {
		if got := sceneFolder(name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}

func TestLongTailRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		train, test string
		kind        fault.Kind
		say         []string
	}{
		"no test list":            {"train/n01440764/1.JPEG 0\n", "", fault.Missing, []string{"such as ImageNet_LT_test.txt"}},
		"two classes for a label": {"train/n01440764/1.JPEG 0\ntrain/n01443537/1.JPEG 0\n", "x 1", fault.Corrupt, []string{"line 2", "label 0 is n01443537, but n01440764"}},
		"two labels for a class":  {"train/n01440764/1.JPEG 0\n", "val/n01440764/1.JPEG 1\n", fault.Corrupt, []string{"ImageNet_LT_test.txt line 1", "n01440764 has label 1, but 0"}},
		"a negative label":        {"train/n01440764/1.JPEG -1\n", "x 1", fault.Corrupt, []string{"line 1", "label -1"}},
		"a huge label":            {"train/n01440764/1.JPEG 99999999\n", "x 1", fault.Corrupt, []string{"line 1", "label 99999999"}},
		"a line that is cut off":  {"train/n01440764/1.JPEG 0\ntrain/n014", "x 1", fault.Corrupt, []string{"line 2", "train/n014"}},
		"no list":                 {"a\n", "x 1", fault.Corrupt, []string{"ImageNet_LT_train.txt line 1"}},
		"an empty list":           {"", "x 1", fault.Corrupt, []string{"lists no images"}},
		"no labels":               {"path,label\ntrain/n01440764/1.JPEG,\n", "x 1", fault.Corrupt, []string{"line 2", `label ""`}},
	} {
		root := t.TempDir()
		writeIn(t, root, "ImageNet_LT_train.txt", c.train)
		if c.test != "" {
			writeIn(t, root, "ImageNet_LT_test.txt", c.test)
		}
		fails(t, name, root, DefaultOptions(), c.kind, c.say...)
	}
	root := tree(t, "train/a/1.jpg")
	o := DefaultOptions()
	o.Format = "places-lt"
	fails(t, "another set", root, o, fault.Missing, "holds no Places_LT_train.txt")
	writeIn(t, root, "Places_LT_train.txt", "train/a/1.jpg 0\ntrain/b/1.jpg 1\n")
	writeIn(t, root, "Places_LT_test.txt", "val/a/1.jpg 0\n")
	writeIn(t, root, "class_name_list.txt", "0 a\n1\n")
	fails(t, "a class without a name", root, o, fault.Corrupt, "class_name_list.txt line 2")
	writeIn(t, root, "class_name_list.txt", "0 a\n0 b\n")
	fails(t, "a class with two names", root, o, fault.Corrupt, "class_name_list.txt line 2", `"b", but "a"`)
	if err := os.Remove(filepath.Join(root, "class_name_list.txt")); err != nil {
		t.Fatal(err)
	}
	o.Fold = 1
	fails(t, "an option of others", root, o, fault.Usage, "--fold")
}
