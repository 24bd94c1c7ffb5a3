package dataset

// Format is one form in which data sets are kept. Is and Open get an existing folder or file.
type Format struct {
	Name, Doc string
	Is        func(root string, o Options) bool // by its files' names, or by how they begin
	Open      func(root string, o Options) (*Set, error)
	Inside    bool // it reads one folder in the one that it is given, and nothing beside it
	Loose     bool // folders of many kinds can be read so: a folder that can is no sign of a set
}

// MostClasses bounds the classes: where a list has more, its labels are something else.
const MostClasses = 1 << 20
