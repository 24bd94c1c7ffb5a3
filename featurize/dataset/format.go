package dataset

import (
	"slices"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Format is one form in which data sets are kept. Is and Open get an existing folder or file.
type Format struct {
	Name, Doc string
	Is        func(root string, o Options) bool // by its files' names, or by how they begin
	Open      func(root string, o Options) (*Set, error)
	Inside    bool // it reads one folder in the one that it is given, and nothing beside it
	Loose     bool // folders of many kinds can be read so: a folder that can is no sign of a set
}

// Only refuses options that mean nothing for a format. allowed are the names of those that do, beside the ones that all
// formats have.
func (o Options) Only(format string, allowed ...string) error {
	set := map[string]bool{
		"labels": o.Labels != "", "column": o.Column != "", "images": o.Images != "", "fold": o.Fold != 0,
	}
	for _, name := range []string{"labels", "column", "images", "fold"} {
		if set[name] && !slices.Contains(allowed, name) {
			return fault.Usagef("dataset: --%s means nothing for a set of format %s", name, format)
		}
	}
	return nil
}

// MostClasses bounds the classes: where a list has more, its labels are something else.
const MostClasses = 1 << 20
