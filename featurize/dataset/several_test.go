package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// A folder of several data sets is not one of them; splits, classes and folders of shards are no sets.
func TestSeveralSets(t *testing.T) {
	root := tree(t, "food-101/images/a/1.jpg", "food-101/images/b/1.jpg", "dtd/images/a/1.jpg", "mine/train/a/1.jpg")
	writeIn(t, root, "food-101/meta/train.txt", "a/1\n")
	writeIn(t, root, "food-101/meta/test.txt", "b/1\n")
	writeIn(t, root, "dtd/labels/train1.txt", "a/1.jpg\n")
	writeIn(t, root, "dtd/labels/test1.txt", "a/1.jpg\n")
	if _, err := Open(root, DefaultOptions()); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "dtd (dtd), food-101 (food-101)") {
		t.Errorf("%v", err)
	}
	s, err := Open(filepath.Join(root, "food-101"), DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.RemoveAll(filepath.Join(root, "dtd")); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(root, DefaultOptions()); err != nil || s.About().Format != "food-101" {
		t.Fatalf("one set beside other folders: %v", err)
	}
	noted(t, s, "only food-101 (food-101) is read; beside it lies mine")
	s.Close()
}
