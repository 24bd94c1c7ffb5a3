package all_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// A folder of several data sets is not one of them; splits, classes and folders of shards are no sets.
func TestSeveralSets(t *testing.T) {
	root := settest.Tree(t, "food-101/images/a/1.jpg", "food-101/images/b/1.jpg", "dtd/images/a/1.jpg",
		"mine/train/a/1.jpg")
	settest.Write(t, root, "food-101/meta/train.txt", "a/1\n")
	settest.Write(t, root, "food-101/meta/test.txt", "b/1\n")
	settest.Write(t, root, "dtd/labels/train1.txt", "a/1.jpg\n")
	settest.Write(t, root, "dtd/labels/test1.txt", "a/1.jpg\n")
	if _, err := all.Open(root, dataset.DefaultOptions()); fault.KindOf(err) != fault.Usage ||
		!strings.Contains(err.Error(), "dtd (dtd), food-101 (food-101)") {
		t.Errorf("%v", err)
	}
	s, err := all.Open(filepath.Join(root, "food-101"), dataset.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.RemoveAll(filepath.Join(root, "dtd")); err != nil {
		t.Fatal(err)
	}
	if s, err = all.Open(root, dataset.DefaultOptions()); err != nil || s.About().Format != "food-101" {
		t.Fatalf("one set beside other folders: %v", err)
	}
	settest.Noted(t, s, "only food-101 (food-101) is read; beside it lies mine")
	s.Close()
}
