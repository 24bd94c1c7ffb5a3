package published_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

func TestImageNetLT(t *testing.T) {
	images := []string{
		"train/n01440764/n01440764_10026.JPEG", "train/n01440764/n01440764_762.JPEG",
		"train/n01443537/n01443537_1.JPEG", "val/n01440764/ILSVRC2012_val_00029930.JPEG",
	}
	for _, c := range []struct{ lists, images string }{
		{"", ""}, {"ImageNet_LT/", ""},
		{"ImageNet_LT/", "ImageNet_LT/"},
	} {
		t.Run(c.lists+"|"+c.images, func(t *testing.T) {
			root := t.TempDir()
			for _, f := range images {
				settest.Write(t, root, c.images+f, f)
			}
			settest.Write(t, root, "x/y", "") // the root does not stand for its only folder
			settest.Write(t, root, c.lists+"ImageNet_LT_train.txt", images[0]+" 0\n"+
				images[2]+" 1\ntrain/n01443537/n01443537_2.JPEG 1\n")
			settest.Write(t, root, c.lists+"ImageNet_LT_val.txt", images[1]+" 0\n")
			settest.Write(t, root, c.lists+"ImageNet_LT_test.txt", images[3]+" 0\r\n")
			s := settest.OpenAs(t, "imagenet-lt", root, func(o *dataset.Options) { o.Val = "train" })
			settest.Equal(t, "classes", s.Classes(), []string{"tench", "goldfish"})
			settest.Equal(t, "train", settest.Names(s, dataset.Train),
				[]string{"0 " + images[0], "1 " + images[2], "1 train/n01443537/n01443537_2.JPEG", "0 " + images[1]})
			settest.Equal(t, "test", settest.Names(s, dataset.Test), []string{"0 " + images[3]})
			if a := s.About(); a.Missing != 1 || a.Examples[0] != "train/n01443537/n01443537_2.JPEG" {
				t.Errorf("%+v", a)
			}
			if data, err := s.Read(settest.Item(t, s, dataset.Test, 0)); err != nil || string(data) != images[3] {
				t.Errorf("read %q, %v", data, err)
			}
			settest.Write(t, root, c.lists+"classnames.txt",
				"n01440764 a tench, so called\nn01443537 gold fish\nn99999999 other\n")
			s = settest.OpenAs(t, "imagenet-lt", root, nil)
			settest.Equal(t, "classes", s.Classes(), []string{"a tench, so called", "gold fish"})
		})
	}
}

// The lists may lie far from the images, or beside their folder.
func TestImageNetLTImages(t *testing.T) {
	data := settest.Tree(t, "train/n01440764/1.JPEG", "train/n01443537/1.JPEG", "val/n01440764/1.JPEG", "lists/x")
	for _, f := range []string{"lists", "far"} {
		settest.Write(t, data, f+"/ImageNet_LT_train.txt", "train/n01440764/1.JPEG 0\ntrain/n01443537/1.JPEG 1\n")
		settest.Write(t, data, f+"/ImageNet_LT_test.txt", "val/n01440764/1.JPEG 0\n")
	}
	s := settest.OpenAs(t, "imagenet-lt", filepath.Join(data, "lists"), nil)
	if _, err := s.Read(settest.Item(t, s, dataset.Test, 0)); err != nil || s.About().Missing != 0 {
		t.Errorf("%v, %+v", err, s.About())
	}
	s = settest.OpenAs(t, "imagenet-lt", filepath.Join(data, "lists"),
		func(o *dataset.Options) { o.Images = t.TempDir() })
	if s.About().Missing != 3 {
		t.Errorf("%+v", s.About())
	}
	s = settest.OpenAs(t, "imagenet-lt", filepath.Join(data, "far"), func(o *dataset.Options) { o.Images = data })
	if s.About().Missing != 0 {
		t.Errorf("%+v", s.About())
	}
}

func TestLongTailRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		train, test string
		kind        fault.Kind
		say         []string
	}{
		"no test list": {
			"train/n01440764/1.JPEG 0\n", "", fault.Missing, []string{"such as ImageNet_LT_test.txt"},
		},
		"two classes for a label": {
			"train/n01440764/1.JPEG 0\ntrain/n01443537/1.JPEG 0\n", "x 1", fault.Corrupt,
			[]string{"line 2", "label 0 is n01443537, but n01440764"},
		},
		"two labels for a class": {
			"train/n01440764/1.JPEG 0\n", "val/n01440764/1.JPEG 1\n", fault.Corrupt,
			[]string{"ImageNet_LT_test.txt line 1", "n01440764 has label 1, but 0"},
		},
		"a negative label": {
			"train/n01440764/1.JPEG -1\n", "x 1", fault.Corrupt, []string{"line 1", "label -1"},
		},
		"a huge label": {
			"train/n01440764/1.JPEG 99999999\n", "x 1", fault.Corrupt, []string{"line 1", "label 99999999"},
		},
		"a line that is cut off": {
			"train/n01440764/1.JPEG 0\ntrain/n014", "x 1", fault.Corrupt, []string{"line 2", "train/n014"},
		},
		"no list":       {"a\n", "x 1", fault.Corrupt, []string{"ImageNet_LT_train.txt line 1"}},
		"an empty list": {"", "x 1", fault.Corrupt, []string{"lists no images"}},
		"no labels": {
			"path,label\ntrain/n01440764/1.JPEG,\n", "x 1", fault.Corrupt, []string{"line 2", `label ""`},
		},
	} {
		root := t.TempDir()
		settest.Write(t, root, "ImageNet_LT_train.txt", c.train)
		if c.test != "" {
			settest.Write(t, root, "ImageNet_LT_test.txt", c.test)
		}
		settest.Fails(t, name, root, dataset.DefaultOptions(), c.kind, c.say...)
	}
	root := settest.Tree(t, "train/a/1.jpg")
	o := dataset.DefaultOptions()
	o.Format = "places-lt"
	settest.Fails(t, "another set", root, o, fault.Missing, "holds no Places_LT_train.txt")
	settest.Write(t, root, "Places_LT_train.txt", "train/a/1.jpg 0\ntrain/b/1.jpg 1\n")
	settest.Write(t, root, "Places_LT_test.txt", "val/a/1.jpg 0\n")
	settest.Write(t, root, "class_name_list.txt", "0 a\n1\n")
	settest.Fails(t, "a class without a name", root, o, fault.Corrupt, "class_name_list.txt line 2")
	settest.Write(t, root, "class_name_list.txt", "0 a\n0 b\n")
	settest.Fails(t, "a class with two names", root, o, fault.Corrupt, "class_name_list.txt line 2", `"b", but "a"`)
	if err := os.Remove(filepath.Join(root, "class_name_list.txt")); err != nil {
		t.Fatal(err)
	}
	o.Fold = 1
	settest.Fails(t, "an option of others", root, o, fault.Usage, "--fold")
}
