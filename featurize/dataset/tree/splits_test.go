package tree_test

import (
	"fmt"
	"path"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// The names that published trees give the folders of their splits.
func TestFolderSplitNames(t *testing.T) {
	for name, c := range map[string]struct{ train, test, other string }{
		"capitals":              {"Train", "Test", "Meta"},
		"Intel":                 {"seg_train/seg_train", "seg_test/seg_test", "seg_pred/seg_pred"},
		"cats and dogs":         {"training_set/training_set", "test_set/test_set", ""},
		"fruits-360":            {"Training", "Test", "test-multiple_fruits"},
		"a second of one split": {"train", "test", "training"},
		"case":                  {"train", "test", "Train"},
	} {
		files := []string{c.train + "/b/1.jpg", c.train + "/a/1.jpg", c.test + "/a/2.jpg", "notes.zip"}
		if c.other != "" {
			files = append(files, c.other+"/9.jpg")
		}
		s := settest.OpenAs(t, "folder", settest.Tree(t, files...), nil)
		settest.Equal(t, name, append(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test)...),
			[]string{"0 " + c.train + "/a/1.jpg", "1 " + c.train + "/b/1.jpg", "0 " + c.test + "/a/2.jpg"})
		settest.Noted(t, s, "1 files outside class folders, such as notes.zip")
		if c.other != "" {
			settest.Noted(t, s, "1 folders beside those of the splits, such as "+path.Base(c.other))
		}
	}
}

func TestFolderSplitRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		root string
		kind fault.Kind
		say  []string
	}{
		"flat test images": {
			settest.Tree(t, "asl_train/asl_train/A/1.jpg", "asl_train/asl_train/B/1.jpg",
				"asl_test/asl_test/A_test.jpg"),
			fault.Missing, []string{"asl_test/asl_test/A_test.jpg", "--resplit"},
		},
		"flat": {
			settest.Tree(t, "train_images/1.jpg", "test_images/2.jpg", "external/3.jpg"), fault.Missing,
			[]string{"no class folders", "train_images is taken for the split train"},
		},
		"no train": {
			settest.Tree(t, "seg_test/a/1.jpg", "seg_val/a/1.jpg", "other/a/1.jpg"), fault.Missing,
			[]string{"seg_test and seg_val but no train folder"},
		},
		"several": {
			settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "test_1/a/1.jpg", "test_2/a/1.jpg"), fault.Usage,
			[]string{"test_1, test_2", "rename"},
		},
		"no classes in val": {
			settest.Tree(t, "train/a/images/1.jpg", "train/b/images/1.jpg", "val/images/1.jpg"), fault.Corrupt,
			[]string{`"images"`, "class folder of train"},
		},
		"no classes in test": {
			settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "val/a/1.jpg", "test/images/1.jpg"), fault.Corrupt,
			[]string{`"images"`},
		},
		"Tiny-ImageNet": {
			settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "val/images/1.jpg", "val/val_annotations.txt"),
			fault.Missing, []string{"wnids.txt"},
		},
		"classes below": {
			settest.Tree(t, "images/001.a/1.jpg", "images/002.b/1.jpg", "attributes/x.txt", "readme"), fault.Missing,
			[]string{`"attributes"`, "those in images, pass "},
		},
	} {
		settest.Fails(t, name, c.root, dataset.DefaultOptions(), c.kind, c.say...)
	}
}

// Names of classes may hold the words of splits.
func TestFolderClassesWithSplitWords(t *testing.T) {
	s := settest.OpenAs(t, "folder",
		settest.Tree(t, "bullet_train/1.jpg", "bullet_train/2.jpg", "car/1.jpg", "car/2.jpg"), nil)
	settest.Equal(t, "one", s.Classes(), []string{"bullet train", "car"})
	settest.Noted(t, s, "bullet_train is taken for a class")
	files := []string{"bullet_train/1.jpg", "bullet_train/2.jpg", "test_tube/1.jpg"}
	for i := range 30 {
		files = append(files, fmt.Sprintf("c%02d/1.jpg", i))
	}
	s = settest.OpenAs(t, "folder", settest.Tree(t, files...), nil)
	if len(s.Classes()) != 32 {
		t.Errorf("classes %q", s.Classes())
	}
	settest.Noted(t, s, "bullet_train, test_tube is taken for a class")
}

func TestFolderClassesOfTestAlone(t *testing.T) {
	s := settest.OpenAs(t, "folder", settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "test/a/1.jpg", "test/c/1.jpg"),
		nil)
	settest.Noted(t, s, `1 classes are in test but not in train, such as "c"`)
}
