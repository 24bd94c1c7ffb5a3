package dataset

import (
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Validation images that cannot join the training images are not left out in silence.
func TestValTrain(t *testing.T) {
	o := DefaultOptions()
	o.Val = "train"
	fails(t, "they are the test images", tree(t, "train/a/1.jpg", "train/b/1.jpg", "val/a/2.jpg"), o, fault.Usage, "--val train", "--resplit")
	for root, say := range map[string]string{
		tree(t, "a/1.jpg", "a/2.jpg", "b/1.jpg"):                  "--val train changes nothing, since the set has no splits",
		tree(t, "train/a/1.jpg", "train/b/1.jpg", "test/a/2.jpg"): "--val train changes nothing, since the set has no validation images",
	} {
		noted(t, openAs(t, "folder", root, func(o *Options) { o.Val = "train" }), say)
	}
	o.Resplit = true
	fails(t, "all are divided", tree(t, "train/a/1.jpg", "train/b/1.jpg", "val/a/2.jpg"), o, fault.Usage, "--val train", "--resplit")
}

func TestNumberedNames(t *testing.T) {
	for text, want := range map[string][]string{
		"0 cat\n1 hot_dog\n":                   {"cat", "hot dog"},
		"1. cat\n2. hot_dog\n":                 {"cat", "hot dog"},
		"0:cat\n1:2 dogs\n":                    {"cat", "2 dogs"},
		"0 cat\n2 dog\n":                       {"0 cat", "2 dog"},
		"0 cat\ndog\n":                         {"0 cat", "dog"},
		"0\n1\n":                               {"0", "1"},
		"1st\n2nd\n":                           {"1st", "2nd"},
		"0 a\n1 b\n2 c\n3 d\n4 e\n5 f\n10 g\n": {"0 a", "1 b", "2 c", "3 d", "4 e", "5 f", "10 g"},
	} {
		root := tree(t, "1.png", "2.png")
		writeIn(t, root, "classes.txt", text)
		s := openAs(t, "manifest", writeIn(t, root, "x.csv", "path,label,split\n1.png,0,train\n2.png,1,test\n"), nil)
		expectRows(t, text, s.Classes(), want)
	}
}
