package tabular

import (
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/parts"
	"github.com/fedpurel/fedpurel/train/fault"
)

// classNames are those of the labels that are numbers, as each file of a table describes its own: splits that were
// encoded one by one number the same classes differently.
type classNames struct {
	all   []string           // in the order of the first file to train on
	from  string             // that file
	index map[string][]int64 // into all of the numbers of each file that has others
}

// join brings the descriptions of files together, by name. described are the names that each has, nil for none.
func (c *classNames) join(b *dataset.Builder, files []parts.File, described [][]string) error {
	first := max(0, slices.IndexFunc(files, func(f parts.File) bool { return f.Split == dataset.Train }))
	c.all, c.from, c.index = slices.Clone(described[first]), files[first].Path(b.Root), map[string][]int64{}
	var differ []string
	for i, f := range files {
		own, at := described[i], f.Path(b.Root)
		switch {
		case slices.Equal(own, described[first]):
			continue
		case len(own) == 0 || len(described[first]) == 0:
			with, without := c.from, at
			if len(own) > 0 {
				with, without = at, c.from
			}
			return fault.Corruptf("dataset: %s names its classes, %s does not, so that nobody knows what its numbers "+
				"mean; save both with the same features", with, without)
		case repeats(own) || repeats(c.all):
			return fault.Corruptf("dataset: %s and %s name their classes differently, and some names are there twice; "+
				"save both with the same features", c.from, at)
		}
		index := make([]int64, len(own))
		for n, name := range own {
			label := slices.Index(c.all, name)
			if label < 0 {
				label, c.all = len(c.all), append(c.all, name)
			}
			index[n] = int64(label)
		}
		c.index[f.Name], differ = index, append(differ, f.Base(b.Root))
	}
	if len(differ) > 0 {
		b.Note("%d files, such as %s, number their classes otherwise than %s: labels are joined by name",
			len(differ), differ[0], files[first].Base(b.Root))
	}
	return nil
}

// number is a file's number of a class among all.
func (c *classNames) number(b *dataset.Builder, f parts.File, row string, own int64) (int64, error) {
	index, differs := c.index[f.Name]
	switch {
	case !differs || own < 0:
		return own, nil
	case own >= int64(len(index)):
		return 0, fault.Corruptf("dataset: %s: row %s has label %d, but the file names %d classes",
			f.Path(b.Root), row, own, len(index))
	}
	return index[own], nil
}

func repeats(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) < len(names)
}
