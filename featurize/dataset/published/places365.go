package published

import (
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/list"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// Places365 is Places365 by its lists. places365_standard/, with train/<class>/ and val/<class>/, is a tree of class
// folders.
var Places365 = list.Numbered{
	Format: "places365",
	Doc: "places365_train_standard.txt (or _challenge) and places365_val.txt, " +
		"with data_256/a/airfield/… and val_256/… beside (or data_large, val_large)",
	Templates: "places2",
	Folders:   []string{"", "filelist_places365-standard", "filelist_places365-challenge"},
	Lists: []list.NumberedList{
		{
			Split: dataset.Train,
			Files: []string{"places365_train_standard.txt", "places365_train_challenge.txt"},
			Below: []string{
				"data_256", "data_256_standard", "data_large_standard", "data_large",
				"data_256_challenge", "data_large_challenge", "train", "",
			},
		},
		{
			Split: dataset.Val,
			Files: []string{"places365_val.txt"},
			Below: []string{"val_256", "val_large", "val", ""},
		},
	},
	Roots: []string{"", ".."},
	Class: names.SceneFolder,
	Names: names.Scenes,
}.Row()
