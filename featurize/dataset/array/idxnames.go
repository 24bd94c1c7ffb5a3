package array

import (
	"path/filepath"
	"strings"
	"unicode"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
)

// telling are the words of folders' and parts' names that say which set this is.
var telling = map[string]string{
	"fashion": "fashion", "fashionmnist": "fashion", "fmnist": "fashion", "mnist": "mnist", "kmnist": "kmnist",
	"kuzushiji": "kmnist", "emnist": "emnist",
}

const remedy = "a file classnames.txt beside the images, one name a line, gives others"

// whichIDX finds out which set this is, or "". MNIST, Fashion-MNIST and others have the same file names, but their
// folders, or the folders around those, have telling ones.
func whichIDX(folder, part string) string {
	path, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	for _, name := range []string{part, filepath.Base(path), filepath.Base(filepath.Dir(path))} {
		for _, word := range strings.FieldsFunc(strings.ToLower(name),
			func(r rune) bool { return !unicode.IsLetter(r) }) {
			if says := telling[word]; says != "" {
				return says
			}
		}
	}
	return ""
}

// namesOfIDX are the names that the set says, or else its counts: of Fashion-MNIST all classes have the same number of
// images; nil if nobody knows.
func namesOfIDX(r *dataset.Remarks, says string, count int, labels [][]int32) []string {
	even := balanced(labels)
	switch {
	case count <= 10 && says == "fashion":
		if !even {
			r.Note("the classes are named as Fashion-MNIST's, as the folder says, although they differ in size; %s",
				remedy)
		}
		return names.Published("fashion-mnist")
	case count <= 10 && says == "mnist":
		if even {
			r.Note("the classes are named as MNIST's digits, as the folder says, although all have the same size, "+
				"as Fashion-MNIST's; %s", remedy)
		}
		return names.Published("mnist")
	case count == 10 && says == "" && even:
		r.Note("all classes have the same number of images, so that they are taken for Fashion-MNIST's; %s", remedy)
		return names.Published("fashion-mnist")
	}
	return nil
}

// balanced tells whether each of the splits has as many images of one class as of any other.
func balanced(splits [][]int32) bool {
	for _, labels := range splits {
		counts := map[int32]int{}
		for _, l := range labels {
			counts[l]++
		}
		for _, n := range counts {
			if n*10 != len(labels) {
				return false
			}
		}
	}
	return true
}
