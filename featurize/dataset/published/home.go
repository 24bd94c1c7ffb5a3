package published

import (
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// home is where a published set really begins: root, or one of the folders that its archive unpacks to. sign tells.
func home(root string, sign func(root string) bool, folders ...string) (string, bool) {
	for _, f := range append([]string{""}, folders...) {
		if at := filepath.Join(root, filepath.FromSlash(f)); sign(at) {
			return at, true
		}
	}
	return root, false
}

// liesIn tells whether a set has a home.
func liesIn(sign func(root string) bool, folders ...string) func(root string, _ dataset.Options) bool {
	return func(root string, _ dataset.Options) bool {
		_, ok := home(root, sign, folders...)
		return ok
	}
}

// nested is the name of a folder below root, or name/name, as some copies pack it.
func nested(root, name string) string {
	if twice := name + "/" + name[strings.LastIndexByte(name, '/')+1:]; disk.IsFolder(root, filepath.FromSlash(twice)) {
		return twice
	}
	return name
}
