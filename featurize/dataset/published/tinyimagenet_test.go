package published_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// tinyTree makes a small set in the layout of tiny-imagenet-200.
func tinyTree(t *testing.T) string {
	t.Helper()
	root := settest.Tree(t, "tiny-imagenet-200/train/n02124075/images/n02124075_0.JPEG",
		"tiny-imagenet-200/train/n02124075/images/n02124075_10.JPEG",
		"tiny-imagenet-200/train/n02124075/n02124075_boxes.txt",
		"tiny-imagenet-200/train/n01443537/images/n01443537_0.JPEG", "tiny-imagenet-200/val/images/val_0.JPEG",
		"tiny-imagenet-200/val/images/val_1.JPEG",
		"tiny-imagenet-200/test/images/test_0.JPEG", "tiny-imagenet-200/test/images/test_1.JPEG")
	inner := filepath.Join(root, "tiny-imagenet-200")
	settest.Write(t, inner, "wnids.txt", "n02124075\nn01443537\n")
	settest.Write(t, inner, "words.txt",
		"n00001740\tentity\nn02124075\tEgyptian cat\nn01443537\tgoldfish, Carassius auratus\n")
	settest.Write(t, inner, "val/val_annotations.txt", "val_0.JPEG\tn02124075\t0\t32\t44\t62\n"+
		"val_1.JPEG\tn01443537\t52\t55\t57\t59\nval_2.JPEG\tn01443537\t52\t55\t57\t59\n")
	return root
}

func TestTinyImageNet(t *testing.T) {
	root := tinyTree(t)
	s := settest.OpenAs(t, "tiny-imagenet", root, nil)
	// wnids.txt is not sorted; labels are
	settest.Equal(t, "classes", s.Classes(), []string{"goldfish", "Egyptian cat"})
	settest.Equal(t, "train", settest.Names(s, dataset.Train), []string{
		"0 train/n01443537/images/n01443537_0.JPEG", "1 train/n02124075/images/n02124075_0.JPEG",
		"1 train/n02124075/images/n02124075_10.JPEG",
	})
	settest.Equal(t, "test", settest.Names(s, dataset.Test),
		[]string{"1 val/images/val_0.JPEG", "0 val/images/val_1.JPEG", "0 val/images/val_2.JPEG"})
	settest.Noted(t, s, "2 images without a label")
	settest.Noted(t, s, "the 3 validation images are the test split")
	if a := s.About(); a.Missing != 1 || a.Examples[0] != "val/images/val_2.JPEG" {
		t.Errorf("%+v", a)
	}
	if data, err := s.Read(settest.Item(t, s, dataset.Test, 1)); err != nil ||
		string(data) != "tiny-imagenet-200/val/images/val_1.JPEG" {
		t.Errorf("read %q, %v", data, err)
	}
}

// Many move the validation images into class folders.
func TestTinyImageNetRearranged(t *testing.T) {
	root := filepath.Join(tinyTree(t), "tiny-imagenet-200")
	settest.Write(t, root, "val/n01443537/val_1.JPEG", "")
	settest.Write(t, root, "val/n02124075/images/val_0.JPEG", "")
	if err := os.Remove(filepath.Join(root, "words.txt")); err != nil {
		t.Fatal(err)
	}
	s := settest.OpenAs(t, "tiny-imagenet", root, nil)
	settest.Equal(t, "classes", s.Classes(), []string{"goldfish", "Egyptian Mau"}) // the published names
	settest.Equal(t, "test", settest.Names(s, dataset.Test),
		[]string{"0 val/n01443537/val_1.JPEG", "1 val/n02124075/images/val_0.JPEG"})
}

func TestTinyImageNetRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		kind          fault.Kind
		say           []string
	}{
		"an unknown class": {
			"val/val_annotations.txt", "val_0.JPEG\tn02124075\nval_1.JPEG\tn99999999\n", fault.Corrupt,
			[]string{"line 2", "n99999999"},
		},
		"no tabs": {"val/val_annotations.txt", "val_0.JPEG n02124075\n", fault.Corrupt, []string{"line 1"}},
		"a path": {
			"val/val_annotations.txt", "../val_0.JPEG\tn02124075\n", fault.Corrupt, []string{"line 1"},
		},
		"no id":              {"wnids.txt", "n02124075 cat\n", fault.Corrupt, []string{`"cat"`}},
		"an id twice":        {"wnids.txt", "n02124075\nn02124075\n", fault.Corrupt, []string{"twice"}},
		"too few ids":        {"wnids.txt", "n02124075\n", fault.Corrupt, []string{"train/n01443537"}},
		"too many ids":       {"wnids.txt", "n02124075\nn01443537\nn01440764\n", fault.Missing, []string{"n01440764"}},
		"words without tabs": {"words.txt", "n02124075 cat\n", fault.Corrupt, []string{"words.txt line 1"}},
	} {
		root := tinyTree(t)
		settest.Write(t, root, "tiny-imagenet-200/"+c.file, c.content)
		settest.Fails(t, name, root, dataset.DefaultOptions(), c.kind, c.say...)
	}
	root := tinyTree(t)
	if err := os.Remove(filepath.Join(root, "tiny-imagenet-200/val/val_annotations.txt")); err != nil {
		t.Fatal(err)
	}
	settest.Fails(t, "no annotations", root, dataset.DefaultOptions(), fault.Missing, "val_annotations.txt")
	o := dataset.DefaultOptions()
	o.Images = root
	settest.Fails(t, "an option of others", tinyTree(t), o, fault.Usage, "--images")
}
