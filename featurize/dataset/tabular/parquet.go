package tabular

import (
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/parts"
)

// Parquet are Hugging Face's tables in parquet.
var Parquet = dataset.Format{
	Name: "parquet",
	Doc: "Hugging Face's tables: a .parquet file, " +
		"or a folder of train-*.parquet and test-*.parquet or <split>/*.parquet; " +
		"columns image and label, or others by --column and --labels",
	Is: func(root string, _ dataset.Options) bool {
		return isParquet(root) && disk.IsFile(root) || disk.Holds(root, false, isParquet)
	},
	Open:   openParquet,
	Inside: true,
}

func isParquet(name string) bool {
	return strings.HasSuffix(name, ".parquet") && !strings.HasSuffix(name, "metadata.parquet")
}

// openParquet lists tables of images. Only labels are read for it; images are read page by page when they are asked
// for.
func openParquet(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("parquet", "labels", "column", "clients-column"); err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "parquet", o)
	files, err := parts.Find(root, "parquet", &b.Remarks, isParquet)
	if err != nil {
		return nil, err
	}
	if err := parts.OneFolder(root, files); err != nil {
		return nil, err
	}
	var paths []string
	numbers := map[string]uint32{}
	for i, f := range files {
		paths = append(paths, f.Path(root))
		numbers[f.Name] = uint32(i)
	}
	return listTables(b, files, func(f parts.File) (tableFile, error) {
		p, err := openParquetFile(f.Path(root))
		if err != nil {
			return nil, err
		}
		p.number = numbers[f.Name]
		return p, nil
	}, func(image column) dataset.Reader { return &parquetImages{paths: paths, column: image.name} })
}
