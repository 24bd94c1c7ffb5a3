package published

import (
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/list"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// ImageNetLT and PlacesLT are the long-tailed sets of Liu et al. (OLTR, 2019).
var (
	ImageNetLT = longTail("imagenet-lt", "ImageNet_LT", list.Numbered{
		Doc: "classnames.txt may name the classes", Templates: "plain",
		Class: names.WordNetFolder, Names: names.WordNet,
	})
	PlacesLT = longTail("places-lt", "Places_LT", list.Numbered{
		Doc: "class_name_list.txt may name the classes", Templates: "places2",
		Class: names.SceneFolder, Names: names.Scenes,
	})
)

// longTail adds what the two have in common.
func longTail(format, prefix string, n list.Numbered) dataset.Format {
	n.Format = format
	n.Doc = prefix + "_train.txt, _val.txt and _test.txt, there or in a folder " + prefix +
		", with train/ and val/ beside; " + n.Doc
	n.Folders = []string{"", prefix, prefix + "_v2"}
	n.Roots = []string{"", ".."}
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		file := prefix + "_" + string(split) + ".txt"
		n.Lists = append(n.Lists, list.NumberedList{Split: split, Files: []string{file}, Below: []string{""}})
	}
	return n.Row()
}
