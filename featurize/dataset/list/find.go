package list

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// findLists returns the lists of a folder: one a split; or metadata in the folders of the splits; or one for all.
func findLists(root string, o dataset.Options) (lists []*manifestList, err error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	byStem := map[string][]string{} // names of files, by how they begin, the most telling extension first
	for _, e := range entries {
		if slices.Contains(fileExtensions, disk.LowerExt(e.Name())) && disk.IsFile(root, e.Name()) {
			stem := strings.ToLower(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())))
			byStem[stem] = append(byStem[stem], e.Name())
		}
	}
	for _, names := range byStem {
		slices.SortStableFunc(names, func(a, b string) int {
			return slices.Index(fileExtensions, disk.LowerExt(a)) - slices.Index(fileExtensions, disk.LowerExt(b))
		})
	}
	err = fault.Missingf("dataset: %s holds no list of images: "+
		"looked for train.csv with test.csv, manifest.csv, metadata.csv, labels.csv, images.csv, also .tsv, .jsonl, "+
		".txt", root)
	first := true
	try := func(split dataset.Split, needsLabels bool, names []string, folders func(string) []string) bool {
		for _, name := range names {
			labels, wrong := probe(filepath.Join(root, name), o)
			if wrong == nil && (labels || !needsLabels) {
				lists = append(lists, &manifestList{name: name, split: split, folders: folders(name)})
				return true
			}
			if wrong == nil {
				wrong = fault.Corruptf("dataset: %s has no column of labels (%s); --labels names another",
					filepath.Join(root, name), strings.Join(labelColumns, ", "))
			}
			if first {
				err, first = wrong, false
			}
		}
		return false
	}
	for _, word := range dataset.SplitWords {
		split := dataset.SplitOf(word)
		if !slices.ContainsFunc(lists, func(l *manifestList) bool { return l.split == split }) {
			try(split, split != dataset.Test, byStem[word], foldersFor)
		}
	}
	if len(lists) > 0 && lists[0].split == dataset.Train {
		return lists, nil
	}
	lists = nil
	for _, word := range dataset.SplitWords {
		if name := disk.FirstFile(root, word+"/metadata.csv", word+"/metadata.jsonl"); name != "" {
			try(dataset.SplitOf(word), true, []string{name}, func(string) []string { return []string{word, ""} })
		}
	}
	if len(lists) > 0 && lists[0].split == dataset.Train {
		return lists, nil
	}
	lists = nil
	if pair, wrong := prefixed(byStem); wrong != "" {
		return nil, fault.Usagef("dataset: %s holds several sets by the names of its lists, %s; "+
			"move the lists of one to a folder and pass it, with --images", root, wrong)
	} else if pair != nil {
		for _, word := range dataset.SplitWords {
			split := dataset.SplitOf(word)
			try(split, split != dataset.Test, pair[word], foldersFor)
		}
		if len(lists) > 1 && lists[0].split == dataset.Train {
			return lists, nil
		}
		lists = nil
	}
	for _, stem := range singleLists {
		if names := byStem[stem]; try(dataset.Whole, stem == "metadata", names, foldersFor) {
			return lists, nil
		} else if stem == "manifest" && len(names) > 0 { // it can be nothing else
			return []*manifestList{{name: names[0], folders: foldersFor(names[0])}}, nil
		}
	}
	return nil, err
}

// probe tells whether a list has labels; an error says why it is no list of images.
func probe(file string, o dataset.Options) (labels bool, err error) {
	l, err := open(file, o)
	if err != nil {
		return false, err
	}
	defer l.close()
	var r row
	if err := l.next(&r); err != nil {
		return false, fault.Corruptf("dataset: %s lists no images: %w", file, err)
	}
	return l.columns.names == nil || l.columns.label >= 0, nil
}

// foldersFor are the folders, below that of a list, in which its images may lie.
func foldersFor(list string) []string {
	stem := strings.TrimSuffix(list, filepath.Ext(list))
	if strings.EqualFold(stem, "trainLabels") {
		return []string{"train", "", "images", "train_images", "train/train"}
	}
	folders := []string{"", stem, "images", stem + "_images", stem + "/" + stem}
	if dataset.SplitOf(stem) == dataset.Whole {
		folders = append(folders, "train", "train_images", "train/train")
	}
	return folders
}

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
