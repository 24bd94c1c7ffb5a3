package dataset

// longTail describes a set of Liu et al. (OLTR, 2019).
func longTail(format, prefix, templates, doc string, class func(string) string, names func(...string) (className, error)) numberedLists {
	at := []string{""}
	return numberedLists{
		format, prefix + "_train.txt, _val.txt and _test.txt, there or in a folder " + prefix + ", with train/ and val/ beside; " + doc, templates,
		[]string{"", prefix, prefix + "_v2"},
		[]numberedList{{Train, []string{prefix + "_train.txt"}, at}, {Val, []string{prefix + "_val.txt"}, at}, {Test, []string{prefix + "_test.txt"}, at}},
		[]string{"", ".."}, class, names,
	}
}

var (
	imagenetLTFormat = longTail("imagenet-lt", "ImageNet_LT", "plain", "classnames.txt may name the classes", wordNetFolder, wordNetNames).row()
	placesLTFormat   = longTail("places-lt", "Places_LT", "places2", "class_name_list.txt may name the classes", sceneFolder, sceneNames).row()
)
