package dataset

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

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

// sceneFolder is the scene in whose folder an image of Places lies: apartment_building-outdoor, also where that is
// a/apartment_building/outdoor. Images that lie flat say nothing of theirs.
func sceneFolder(name string) string {
	folders := strings.Split(strings.TrimPrefix(path.Dir(path.Clean(name)), "/"), "/")
	if i := slices.IndexFunc(folders, func(f string) bool { return len(f) == 1 && f != "." }); i >= 0 && i+1 < len(folders) {
		return strings.Join(folders[i+1:], "-")
	}
	last := folders[len(folders)-1]
	if last == "." || splitOf(last) != Whole || strings.HasPrefix(last, "val_") || strings.HasPrefix(last, "data_") {
		return ""
	}
	return last
}

// sceneName is a scene as a prompt would have it.
func sceneName(folder string) string { return human(strings.ReplaceAll(folder, "-", " ")) }

// areScenes tells whether class folders are those of Places365.
func areScenes(root string, folders []string) bool {
	return slices.Contains(folders, "apartment_building-outdoor") || slices.Contains(folders, "airfield") && isFile(root, "categories_places365.txt")
}

// sceneNames names scenes: as class_name_list.txt does ("0 airfield"), or else after their folders.
func sceneNames(folders ...string) (className, error) {
	var given map[string]string
	for _, folder := range folders {
		if file := filepath.Join(folder, "class_name_list.txt"); given == nil && isFile(file) {
			var err error
			if given, err = keyedNames(file, " \t"); err != nil {
				return nil, err
			}
		}
	}
	return func(label int, class string) string {
		if name := given[strconv.Itoa(label)]; name != "" {
			return name
		}
		return sceneName(class)
	}, nil
}
