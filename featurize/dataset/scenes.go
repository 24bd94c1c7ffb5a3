package dataset

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

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
