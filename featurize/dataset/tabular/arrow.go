package tabular

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/parts"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Arrow is what Hugging Face's library saves to disk.
var Arrow = dataset.Format{
	Name: "arrow",
	Doc: "what datasets.save_to_disk leaves: dataset_dict.json and <split>/data-*.arrow, or one split's folder; " +
		"columns as in parquet",
	Is: func(root string, _ dataset.Options) bool {
		return isArrow(root) && disk.IsFile(root) || disk.IsFile(root, "dataset_dict.json") ||
			disk.Holds(root, false, isArrow)
	},
	Open:   openArrow,
	Inside: true,
}

// isArrow tells tables from what the library keeps of computations.
func isArrow(name string) bool {
	return strings.HasSuffix(name, ".arrow") && !strings.HasPrefix(name, "cache-") && name != "indices.arrow"
}

// openArrow lists tables in Arrow's format of streams, which the library of data sets keeps uncompressed: an image is a
// stretch of its file.
func openArrow(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("arrow", "labels", "column", "clients-column"); err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "arrow", o)
	files, err := parts.Find(root, "arrow", &b.Remarks, isArrow)
	if err != nil {
		return nil, err
	}
	if files, err = savedFiles(root, files); err != nil {
		return nil, err
	}
	if err := parts.OneFolder(root, files); err != nil {
		return nil, err
	}
	images := &read.Stretches{}
	numbers := map[string]uint32{}
	for i, f := range files {
		images.Announce(f.Path(root))
		numbers[f.Name] = uint32(i)
	}
	return listTables(b, files, func(f parts.File) (tableFile, error) {
		a, err := openArrowFile(f.Path(root))
		if err != nil {
			return nil, err
		}
		a.number = numbers[f.Name]
		return a, nil
	}, func(column) dataset.Reader { return images })
}

// savedFiles drops what is not listed in the state.json beside it: shards that were left when the set was saved anew.
// It refuses tables that count only by a list of rows, which old versions of the library wrote.
func savedFiles(root string, files []parts.File) (saved []parts.File, err error) {
	type name struct {
		File string `json:"filename"`
	}
	for _, f := range files {
		var state struct {
			Files   []name `json:"_data_files"`
			Indices []name `json:"_indices_data_files"`
		}
		folder := filepath.Dir(f.Path(root))
		if data, err := os.ReadFile(filepath.Join(folder, "state.json")); err == nil {
			_ = json.Unmarshal(data, &state) // it is a help, not a need
		}
		if len(state.Indices) > 0 || disk.IsFile(folder, "indices.arrow") {
			return nil, fault.Usagef("dataset: %s holds a selection of rows (indices.arrow); "+
				"call flatten_indices() and save it anew", folder)
		}
		for _, n := range state.Files {
			if !disk.IsFile(folder, n.File) {
				return nil,
					fault.Missingf("dataset: %s, which state.json lists, is missing", filepath.Join(folder, n.File))
			}
		}
		if len(state.Files) == 0 || slices.Contains(state.Files, name{f.Base(root)}) {
			saved = append(saved, f)
		}
	}
	return saved, nil
}
