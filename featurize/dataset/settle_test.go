package dataset_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Validation images that cannot join the training images are not left out in silence.
func TestValTrain(t *testing.T) {
	o := dataset.DefaultOptions()
	o.Val = "train"
	settest.Fails(t, "they are the test images", settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "val/a/2.jpg"), o,
		fault.Usage, "--val train", "--resplit")
	for why, root := range map[string]string{
		"no splits":            settest.Tree(t, "a/1.jpg", "a/2.jpg", "b/1.jpg"),
		"no validation images": settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "test/a/2.jpg"),
	} {
		s := settest.OpenAs(t, "folder", root, func(o *dataset.Options) { o.Val = "train" })
		settest.Noted(t, s, "--val train changes nothing, since the set has "+why)
	}
	o.Resplit = true
	settest.Fails(t, "all are divided", settest.Tree(t, "train/a/1.jpg", "train/b/1.jpg", "val/a/2.jpg"), o,
		fault.Usage, "--val train", "--resplit")
}

// A site with a single image of each class has none to test on: its pictures belong beside others'.
func TestNothingToHoldOut(t *testing.T) {
	settest.Fails(t, "one of each", settest.Tree(t, "a/1.jpg", "b/1.jpg"), dataset.DefaultOptions(),
		fault.Missing, "single image of each class", "beside other sites'")
}
