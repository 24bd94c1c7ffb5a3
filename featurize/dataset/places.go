package dataset

// placesFormat is Places365 by its lists. places365_standard/, with train/<class>/ and val/<class>/, is a tree of class folders.
var placesFormat = numberedLists{
	"places365", "places365_train_standard.txt (or _challenge) and places365_val.txt, with data_256/a/airfield/… and val_256/… beside (or data_large, val_large)", "places2",
	[]string{"", "filelist_places365-standard", "filelist_places365-challenge"},
	[]numberedList{
		{Train, []string{"places365_train_standard.txt", "places365_train_challenge.txt"}, []string{
			"data_256", "data_256_standard", "data_large_standard", "data_large", "data_256_challenge", "data_large_challenge", "train", "",
		}},
		{Val, []string{"places365_val.txt"}, []string{"val_256", "val_large", "val", ""}},
	},
	[]string{"", ".."}, sceneFolder, sceneNames,
}.row()
