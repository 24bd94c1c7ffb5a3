package published

import (
	"fmt"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// DTD is the Describable Textures Dataset.
var DTD = dataset.Format{
	Name: "dtd",
	Doc:  "images/<class>/<image>.jpg with labels/{train,val,test}<fold>.txt, folds 1 to 10",
	Is:   liesIn(isDTD, dtdFolder),
	Open: openDTD,
}

const dtdFolder = "dtd"

func isDTD(root string) bool {
	return disk.IsFolder(root, "images") && disk.IsFile(root, "labels/train1.txt") &&
		disk.IsFile(root, "labels/test1.txt")
}

// openDTD lists the Describable Textures Dataset, in one of its ten divisions: Options.Fold, of which 0 means 1. The
// class of an image is its folder (labels_joint_anno.txt, with several labels an image, is not read), and classes are
// byte-sorted. A hyphen stays: "polka-dotted".
func openDTD(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("dtd", "fold"); err != nil {
		return nil, err
	}
	if o.Fold < 0 || o.Fold > 10 {
		return nil, fault.Usagef("dataset: fold %d: DTD has folds 1 to 10", o.Fold)
	}
	root, _ = home(root, isDTD, dtdFolder)
	lists := imageLists{root: root, parse: folderAndFile(nested(root, "images"), "")}
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		lists.lists = append(lists.lists, imageList{split, fmt.Sprintf("labels/%s%d.txt", split, max(o.Fold, 1))})
	}
	if err := lists.there(); err != nil {
		return nil, err
	}
	classes, err := lists.classes()
	if err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "dtd", o)
	b.Name, b.Templates = "dtd", "dtd"
	if err := lists.add(b, classes); err != nil {
		return nil, err
	}
	return b.Finish(names.Humans(classes), read.Files{Root: root})
}
