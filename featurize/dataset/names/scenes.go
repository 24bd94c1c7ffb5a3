package names

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// SceneFolder is the scene in whose folder an image of Places lies: apartment_building-outdoor, also where that is
// a/apartment_building/outdoor. Images that lie flat say nothing of theirs.
func SceneFolder(name string) string {
	folders := strings.Split(strings.TrimPrefix(path.Dir(path.Clean(name)), "/"), "/")
	letter := slices.IndexFunc(folders, func(f string) bool { return len(f) == 1 && f != "." })
	if letter >= 0 && letter+1 < len(folders) {
		return strings.Join(folders[letter+1:], "-")
	}
	last := folders[len(folders)-1]
	if last == "." || dataset.SplitOf(last) != dataset.Whole ||
		strings.HasPrefix(last, "val_") || strings.HasPrefix(last, "data_") {
		return ""
	}
	return last
}

// sceneName is a scene as a prompt would have it.
func sceneName(folder string) string { return Human(strings.ReplaceAll(folder, "-", " ")) }

// areScenes tells whether class folders are those of Places365.
func areScenes(root string, folders []string) bool {
	return slices.Contains(folders, "apartment_building-outdoor") ||
		slices.Contains(folders, "airfield") && disk.IsFile(root, "categories_places365.txt")
}

// Scenes names scenes: as class_name_list.txt does ("0 airfield"), or else after their folders.
func Scenes(folders ...string) (Of, error) {
	var given map[string]string
	for _, folder := range folders {
		if file := filepath.Join(folder, "class_name_list.txt"); given == nil && disk.IsFile(file) {
			var err error
			if given, err = Keyed(file, " \t"); err != nil {
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
