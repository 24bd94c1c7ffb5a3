package published_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
)

// The labels of Places-LT are not the positions of the sorted folders.
func TestPlacesLT(t *testing.T) {
	root := t.TempDir()
	var train, test, class strings.Builder
	for label, scene := range []string{"airfield", "apartment_building-outdoor", "desert_road", "desert-sand"} {
		fmt.Fprintf(&train, "train/%s/00004851.jpg %d\n", scene, label)
		fmt.Fprintf(&test, "val/%s/Places365_val_0000%d.jpg %d\n", scene, label, label)
		fmt.Fprintf(&class, "%d %s of its own\n", label, scene)
		settest.Write(t, root, "train/"+scene+"/00004851.jpg", scene)
	}
	settest.Write(t, root, "Places_LT/Places_LT_train.txt", train.String())
	settest.Write(t, root, "Places_LT/Places_LT_test.txt", test.String())
	s := settest.OpenAs(t, "places-lt", root, nil)
	settest.Equal(t, "classes", s.Classes(),
		[]string{"airfield", "apartment building outdoor", "desert road", "desert sand"})
	if data, err := s.Read(settest.Item(t, s, dataset.Train, 3)); err != nil || string(data) != "desert-sand" ||
		settest.Item(t, s, dataset.Train, 3).Label != 3 {
		t.Errorf("read %q, %v", data, err)
	}
	if a := s.About(); a.Missing != 4 || a.Templates != "places2" {
		t.Errorf("%+v", a)
	}
	settest.Write(t, root, "Places_LT/class_name_list.txt", class.String())
	if got := settest.OpenAs(t, "places-lt", root, nil).Classes(); got[3] != "desert-sand of its own" {
		t.Errorf("classes %q", got)
	}
}

// Places365 with letter folders and flat validation images.
func TestPlaces365Lists(t *testing.T) {
	for data, lists := range map[string]string{"data_256": "", "data_large_standard": "filelist_places365-standard/"} {
		root := settest.Tree(t, data+"/a/airfield/00000001.jpg", data+"/a/apartment_building/outdoor/00000001.jpg",
			"val_256/Places365_val_00000001.jpg")
		settest.Write(t, root, lists+"places365_train_standard.txt",
			"/a/airfield/00000001.jpg 0\n/a/apartment_building/outdoor/00000001.jpg 1\n/a/airfield/00000002.jpg 0\n")
		settest.Write(t, root, lists+"places365_val.txt", "Places365_val_00000001.jpg 1\n")
		s := settest.OpenAs(t, "places365", root, nil)
		settest.Equal(t, "classes", s.Classes(), []string{"airfield", "apartment building outdoor"})
		settest.Equal(t, "train", settest.Names(s, dataset.Train)[:2], []string{
			"0 " + data + "/a/airfield/00000001.jpg",
			"1 " + data + "/a/apartment_building/outdoor/00000001.jpg",
		})
		settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"1 val_256/Places365_val_00000001.jpg"})
		if s.About().Missing != 1 {
			t.Errorf("%+v", s.About())
		}
	}
}

// places365_standard is a tree of class folders.
func TestPlaces365Folders(t *testing.T) {
	root := settest.Tree(t, "train/airfield/1.jpg", "train/apartment_building-outdoor/1.jpg", "val/airfield/2.jpg",
		"train.txt", "val.txt")
	settest.Write(t, root, "train.txt", "train/airfield/1.jpg\ntrain/apartment_building-outdoor/1.jpg\n")
	s := settest.OpenAs(t, "folder", root, nil)
	settest.Equal(t, "classes", s.Classes(), []string{"airfield", "apartment building outdoor"})
}
