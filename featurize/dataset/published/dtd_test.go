package published_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// dtdTree is DTD in small: three classes and two of the ten divisions.
func dtdTree(t *testing.T) string {
	root := settest.Tree(t, "dtd/images/banded/banded_0002.jpg", "dtd/images/banded/banded_0004.jpg",
		"dtd/images/banded/banded_0005.jpg",
		"dtd/images/polka-dotted/polka-dotted_0001.jpg", "dtd/images/polka-dotted/polka-dotted_0002.jpg",
		"dtd/images/waffled/waffled_0001.jpg", "dtd/images/waffled/.directory",
		"dtd/imdb/imdb.mat")
	settest.Write(t, root, "dtd/labels/labels_joint_anno.txt", "banded/banded_0002.jpg banded lined\n")
	settest.Write(t, root, "dtd/labels/train1.txt", "waffled/waffled_0001.jpg\nbanded/banded_0002.jpg\n")
	settest.Write(t, root, "dtd/labels/val1.txt", "banded/banded_0004.jpg\n")
	settest.Write(t, root, "dtd/labels/test1.txt", "banded/banded_0005.jpg\npolka-dotted/polka-dotted_0001.jpg\n")
	settest.Write(t, root, "dtd/labels/train10.txt", "banded/banded_0005.jpg\n")
	settest.Write(t, root, "dtd/labels/val10.txt", "banded/banded_0002.jpg\n")
	settest.Write(t, root, "dtd/labels/test10.txt", "polka-dotted/polka-dotted_0002.jpg\n")
	return root
}

func TestDTD(t *testing.T) {
	root := dtdTree(t)
	s := openPublished(t, root, "dtd", "dtd", dataset.DefaultOptions())
	checkClasses(t, s, "banded", "polka-dotted", "waffled") // a class without training images keeps its place
	checkNames(t, s, dataset.Train, "2 images/waffled/waffled_0001.jpg", "0 images/banded/banded_0002.jpg")
	checkNames(t, s, dataset.Test, "0 images/banded/banded_0005.jpg", "1 images/polka-dotted/polka-dotted_0001.jpg")
	checkReads(t, s)
	o := dataset.DefaultOptions()
	o.Val = "train"
	checkNames(t, openPublished(t, root, "dtd", "dtd", o), dataset.Train, "2 images/waffled/waffled_0001.jpg",
		"0 images/banded/banded_0002.jpg", "0 images/banded/banded_0004.jpg")
	o = dataset.DefaultOptions()
	o.Fold = 10
	s = openPublished(t, root, "dtd", "dtd", o)
	checkClasses(t, s, "banded", "polka-dotted")
	checkNames(t, s, dataset.Train, "0 images/banded/banded_0005.jpg")
	checkNames(t, s, dataset.Test, "1 images/polka-dotted/polka-dotted_0002.jpg")
}

func TestDTDRefusals(t *testing.T) {
	checkRefusals(t, dtdTree, "dtd", map[string]change{
		"no division":    {"dtd/labels/val1.txt", "", fault.Missing, "labels/val1.txt"},
		"no folder":      {"dtd/labels/val1.txt", "banded_0004.jpg\n", fault.Corrupt, "val1.txt line 1"},
		"a path upwards": {"dtd/labels/val1.txt", "../../secret.jpg\n", fault.Corrupt, "leads out"},
	})
	root := dtdTree(t)
	checkOptions(t, root, map[string]dataset.Options{"folds 1 to 10": {Fold: 11}, "--labels": {Labels: "coarse"}})
	checkOptions(t, root, map[string]dataset.Options{"fold -1": {Fold: -1}})
	if _, err := all.Open(root, dataset.Options{TestFraction: 0.2, Fold: 3}); fault.KindOf(err) != fault.Missing {
		t.Errorf("fold 3, which is not there: %v", err)
	}
}
