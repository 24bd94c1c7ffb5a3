package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// findLists returns the lists of a folder: one a split; or metadata in the folders of the splits; or one for all.
func findLists(root string, o Options) (lists []*manifestList, err error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fault.Missingf("dataset: %w", err)
	}
	byStem := map[string][]string{} // names of files, by how they begin, the most telling extension first
	for _, e := range entries {
		if slices.Contains(listExtensions, lowerExt(e.Name())) && isFile(root, e.Name()) {
			stem := strings.ToLower(strings.TrimSuffix(e.Name(), filepath.Ext(e.Name())))
			byStem[stem] = append(byStem[stem], e.Name())
		}
	}
	for _, names := range byStem {
		slices.SortStableFunc(names, func(a, b string) int {
			return slices.Index(listExtensions, lowerExt(a)) - slices.Index(listExtensions, lowerExt(b))
		})
	}
	err = fault.Missingf("dataset: %s holds no list of images: looked for train.csv with test.csv, manifest.csv, metadata.csv, labels.csv, images.csv, also .tsv, .jsonl, .txt", root)
	first := true
	try := func(split Split, needsLabels bool, names []string, folders func(string) []string) bool {
		for _, name := range names {
			labels, wrong := probe(filepath.Join(root, name), o)
			if wrong == nil && (labels || !needsLabels) {
				lists = append(lists, &manifestList{name: name, split: split, folders: folders(name)})
				return true
			}
			if wrong == nil {
				wrong = fault.Corruptf("dataset: %s has no column of labels (%s); --labels names another", filepath.Join(root, name), strings.Join(labelColumns, ", "))
			}
			if first {
				err, first = wrong, false
			}
		}
		return false
	}
	for _, word := range splitWords {
		split := splitOf(word)
		if !slices.ContainsFunc(lists, func(l *manifestList) bool { return l.split == split }) {
			try(split, split != Test, byStem[word], foldersFor)
		}
	}
	if len(lists) > 0 && lists[0].split == Train {
		return lists, nil
	}
	lists = nil
	for _, word := range splitWords {
		if name := firstFile(root, word+"/metadata.csv", word+"/metadata.jsonl"); name != "" {
			try(splitOf(word), true, []string{name}, func(string) []string { return []string{word, ""} })
		}
	}
	if len(lists) > 0 && lists[0].split == Train {
		return lists, nil
	}
	lists = nil
	for _, stem := range singleLists {
		if names := byStem[stem]; try(Whole, stem == "metadata", names, foldersFor) {
			return lists, nil
		} else if stem == "manifest" && len(names) > 0 { // it can be nothing else
			return []*manifestList{{name: names[0], folders: foldersFor(names[0])}}, nil
		}
	}
	return nil, err
}

// probe tells whether a list has labels; an error says why it is no list of images.
func probe(file string, o Options) (labels bool, err error) {
	l, err := openList(file, o)
	if err != nil {
		return false, err
	}
	defer l.close()
	var r listRow
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
	if splitOf(stem) == Whole {
		folders = append(folders, "train", "train_images", "train/train")
	}
	return folders
}
