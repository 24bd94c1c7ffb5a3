package list

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// Guess returns the list in a folder that seems to hold one, "" if none does, and what speaks against it: legends of
// classes and tables of sizes are called alike, so that a list has labels, and images of it are there. What is called
// manifest can be nothing else.
func Guess(root string, o dataset.Options) (list, doubt string) {
	if !disk.IsFolder(root) {
		return "", ""
	}
	lists, err := findLists(root, o)
	if err != nil {
		return "", ""
	}
	if list = lists[0].name; strings.HasPrefix(strings.ToLower(list), "manifest.") {
		return list, ""
	}
	images, err := imagesAt(root, o)
	if err != nil {
		return list, "" // the error is for the user
	}
	l, err := open(filepath.Join(root, list), o)
	if err != nil {
		return list, ""
	}
	defer l.close()
	f := finder{Files: images}
	var sample []string
	for range sampleSize {
		var r row
		if l.next(&r) != nil {
			break
		}
		sample = append(sample, strings.Clone(r.path))
	}
	switch {
	case len(sample) > 0 && l.columns.names != nil && l.columns.label < 0:
		return list, "it has no column of labels; --labels names one"
	case len(sample) > 0 && f.settle(lists[0].folders, sample) == 0 && o.Images == "":
		return list, "the images that it names are not there; --images names their folder"
	}
	return list, ""
}

// TableIn is a table in a folder, whatever its name; "" if there is none.
func TableIn(root string) string {
	entries, _ := os.ReadDir(root) // what cannot be read has none
	for _, e := range entries {
		if slices.Contains([]string{".csv", ".tsv", ".jsonl"}, disk.LowerExt(e.Name())) && disk.IsFile(root, e.Name()) {
			return e.Name()
		}
	}
	return ""
}
