package all

import (
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/archive"
	"github.com/fedpurel/fedpurel/featurize/dataset/array"
	"github.com/fedpurel/fedpurel/featurize/dataset/list"
	"github.com/fedpurel/fedpurel/featurize/dataset/published"
	"github.com/fedpurel/fedpurel/featurize/dataset/tabular"
)

// Formats is the table of formats, in the order in which they are tried: from those with tell-tale files to the general
// ones. To support another, write a file with its two functions and add a row.
var Formats = []dataset.Format{
	published.Food,
	published.DTD,
	published.Aircraft,
	published.Pets,
	published.Dogs,
	published.Cars,
	published.ImageNetLT,
	published.PlacesLT,
	published.Places365,
	published.TinyImageNet,
	array.CIFARBinary,
	array.CIFARPickle,
	array.IDX,
	array.NPZ,
	archive.Tar,
	tabular.Parquet,
	tabular.Arrow,
	list.CoOp,
	list.Manifest,
	folderFormat,
}

// FormatNames lists the formats.
func FormatNames() []string {
	var names []string
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}
