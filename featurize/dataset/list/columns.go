package list

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// The names under which lists keep their columns, the most telling first.
var (
	pathColumns = []string{
		"path", "image_path", "img_path", "sample_path", "filepath", "file_path", "file_name", "filename", "file",
		"impath", "image", "img", "image_id", "id",
	}
	labelColumns = []string{"label", "class", "target", "category", "class_id", "classid", "label_id"}
	splitColumns = []string{"split", "subset"}
	classColumns = []string{"classname", "class_name", "label_name"}
)

// columns are the numbers of the columns that matter; −1: the list has none.
type columns struct {
	names                             []string
	path, label, split, class, client int
}

// newColumns finds the columns by their names, or as the options name them.
func newColumns(names []string, o dataset.Options) (c columns, err error) {
	c.names = make([]string, len(names))
	plain := make([]string, len(names))
	for i, n := range names {
		c.names[i] = strings.Clone(strings.TrimSpace(n))
		plain[i] = strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(c.names[i]))
	}
	pick := func(among []string, aliases []string) int {
		for _, a := range aliases {
			if i := slices.Index(among, a); i >= 0 {
				if slices.Contains(among[i+1:], a) {
					err = fault.Corruptf("two columns are called %s", a)
				}
				return i
			}
		}
		return -1
	}
	c.path, c.label = pick(plain, pathColumns), pick(plain, labelColumns)
	c.split, c.class = pick(plain, splitColumns), pick(plain, classColumns)
	if c.label < 0 { // the names alone tell the classes apart
		c.label = c.class
	}
	if o.Column != "" {
		c.path = pick(c.names, []string{o.Column})
	}
	if o.Labels != "" {
		c.label = pick(c.names, []string{o.Labels})
	}
	if o.Clients != "" {
		c.client = pick(c.names, []string{o.Clients})
	} else {
		c.client = c.usualClient(plain)
	}
	return c, err
}

// usualClient is the column that tells clients by its usual name, unless it serves as another already.
func (c columns) usualClient(plain []string) int {
	for _, name := range dataset.ClientNames {
		if i := slices.Index(plain, name); i >= 0 && !slices.Contains([]int{c.path, c.label, c.split, c.class}, i) {
			return i
		}
	}
	return -1
}

// without says that a column is missing.
func (c columns) without(what, option string, aliases []string) error {
	return fault.Corruptf("no column of %s (%s); its columns are %s; name one with --%s",
		what, strings.Join(aliases, ", "), disk.Clipped(strings.Join(c.names, ", ")), option)
}

// row takes the columns' cells out of a line.
func (c columns) row(cells []string, line int) row {
	at := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	return row{
		path: cells[c.path], label: at(c.label), split: at(c.split), class: at(c.class), client: at(c.client),
		line: line,
	}
}
