package archive

import (
	"errors"
	"path"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// The kinds of archives.
const (
	emptyArchive  = iota
	sampleArchive // WebDataset samples: files of one key
	treeArchive   // images in class folders
)

// sniffed is the number of members by which the kind of an archive is told.
const sniffed = 1000

// sniff tells what an archive holds by its first members: samples, if images have labels beside them. The first number
// among the labels decides; words may be captions, and then folders are the classes.
func (t *tars) sniff(s shard) (kind int, err error) {
	w := words{folders: map[string]bool{}, all: map[string]bool{}, pairs: map[[2]string]bool{}}
	number, n := false, 0
	g := gatherer{done: func(s sample) error {
		text, word := s.text()
		switch {
		case s.image.name == "" || text == "":
		case word:
			w.add(path.Dir(s.image.name), text)
		default:
			number = true
			return errEnough
		}
		return nil
	}}
	err = t.walk(s, &dataset.Remarks{}, func(_ archive, m member) error {
		if n++; n > sniffed && !w.undecided() {
			return errEnough
		}
		if isTar(m.name) || disk.IsImage(m.name) {
			kind = treeArchive
		}
		if err := g.take(m); errors.Is(err, errEnough) { // else a damaged label; that matters if these are labels
			return err
		}
		return nil
	})
	if err == nil && !number {
		_ = g.flush()
	}
	if number || w.samples > 0 && !w.captions() {
		kind = sampleArchive
	}
	return kind, err
}

// words are labels of samples, by their folders.
type words struct {
	samples int
	folders map[string]bool
	all     map[string]bool
	pairs   map[[2]string]bool // folder and word
	loose   bool               // some samples are in no folder of a class
}

func (w *words) add(folder, word string) {
	w.samples++
	w.folders[folder], w.all[word], w.pairs[[2]string{folder, word}] = true, true, true
	w.loose = w.loose || folder == "." || dataset.SplitOf(path.Base(folder)) != dataset.Whole
}

// unlike tells whether hardly any word occurs twice in a folder.
func (w *words) unlike() bool { return !w.loose && 10*len(w.pairs) >= 9*w.samples }

// captions tells words that describe single images from classes: all samples lie in folders, there are two folders at
// least and twice as many words, which hardly ever occur again in a folder.
func (w *words) captions() bool {
	return w.unlike() && len(w.folders) > 1 && len(w.all) >= 2*len(w.folders)
}

// undecided tells whether there has been a single folder, of words that may be captions: the next folder shows.
func (w *words) undecided() bool {
	return w.samples > 0 && len(w.folders) == 1 && w.unlike() && w.samples < dataset.MostClasses
}
