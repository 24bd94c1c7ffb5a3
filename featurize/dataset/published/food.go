package published

import (
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// Food is Food-101.
var Food = dataset.Format{
	Name: "food-101",
	Doc:  "images/<class>/<number>.jpg with meta/train.txt and meta/test.txt",
	Is:   liesIn(isFood, foodFolder),
	Open: openFood,
}

const foodFolder = "food-101"

func isFood(root string) bool {
	meta := nested(root, "meta")
	return disk.IsFolder(root, "images") && disk.IsFile(root, meta, "train.txt") && disk.IsFile(root, meta, "test.txt")
}

// openFood lists Food-101. Lines of its lists are apple_pie/1005649, without an extension. Classes are in the order of
// meta/classes.txt, or else byte-sorted, which is the same in the published set. Names are the lower-case ones, "apple
// pie", as CLIP has them; meta/labels.txt with its capitals is not read.
func openFood(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("food-101"); err != nil {
		return nil, err
	}
	root, _ = home(root, isFood, foodFolder)
	meta := nested(root, "meta")
	lists := imageLists{
		root, []imageList{{dataset.Train, meta + "/train.txt"}, {dataset.Test, meta + "/test.txt"}},
		folderAndFile(nested(root, "images"), ".jpg"),
	}
	if err := lists.there(); err != nil {
		return nil, err
	}
	var classes []string
	var err error
	if file := meta + "/classes.txt"; disk.IsFile(root, file) {
		classes, err = textLines(root, file)
	} else {
		classes, err = lists.classes()
	}
	if err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "food-101", o)
	b.Name, b.Templates = "food-101", "food"
	if err := lists.add(b, classes); err != nil {
		return nil, err
	}
	return b.Finish(names.Humans(classes), read.Files{Root: root})
}
