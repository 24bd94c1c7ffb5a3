package published

import (
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/list"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// longTail describes a set of Liu et al. (OLTR, 2019).
func longTail(
	format, prefix, templates, doc string, class func(string) string, names func(...string) (names.Of, error),
) list.Numbered {
	at := []string{""}
	return list.Numbered{
		Format: format, Doc: prefix + "_train.txt, _val.txt and _test.txt, there or in a folder " + prefix +
			", with train/ and val/ beside; " + doc, Templates: templates,
		Folders: []string{"", prefix, prefix + "_v2"},
		Lists: []list.NumberedList{
			{Split: dataset.Train, Files: []string{prefix + "_train.txt"}, Below: at},
			{Split: dataset.Val, Files: []string{prefix + "_val.txt"}, Below: at},
			{Split: dataset.Test, Files: []string{prefix + "_test.txt"}, Below: at},
		},
		Roots: []string{"", ".."}, Class: class, Names: names,
	}
}

var (
	ImageNetLT = longTail("imagenet-lt", "ImageNet_LT", "plain", "classnames.txt may name the classes",
		names.WordNetFolder, names.WordNet).Row()
	PlacesLT = longTail("places-lt", "Places_LT", "places2", "class_name_list.txt may name the classes",
		names.SceneFolder, names.Scenes).Row()
)
