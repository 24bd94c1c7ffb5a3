package published

import (
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Cars is Stanford Cars.
var Cars = dataset.Format{
	Name: "stanford-cars",
	Doc: "cars_train/, cars_test/ and devkit/*.mat with cars_test_annos_withlabels.mat; " +
		"or car_ims/ and cars_annos.mat",
	Is:   liesIn(isCars, carsFolder),
	Open: openCars,
}

const carsFolder = "stanford_cars"

func isCars(root string) bool {
	return carsFile(root, "cars_train_annos.mat") != "" || carsFile(root, "cars_annos.mat") != ""
}

func carsFile(root, file string) string {
	return disk.FirstFile(root, file, "devkit/"+file, "car_devkit/devkit/"+file)
}

// carsList is a MAT file with a struct annotations, a record for each image.
type carsList struct {
	split              dataset.Split // Whole: by the record's field test
	file, folder, name string
}

// openCars lists Stanford Cars, in either of the forms in which it was published. Class names are those of class_names,
// as they are: "Ram C/V Cargo Van Minivan 2012". cars_train and cars_test use the same numbers, so that names of images
// begin with the folder.
func openCars(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("stanford-cars"); err != nil {
		return nil, err
	}
	root, _ = home(root, isCars, carsFolder)
	lists, names, err := carsLists(root)
	if err != nil {
		return nil, err
	}
	meta, err := mat.Read(filepath.Join(root, names))
	if err != nil {
		return nil, err
	}
	cell, err := mat.Get[mat.Cell](meta, "class_names")
	if err != nil {
		return nil, err
	}
	classes := make([]string, len(cell))
	for i, v := range cell {
		name, ok := v.(mat.Text)
		if !ok || name == "" {
			return nil, fault.Corruptf("dataset: %s: row %d of class_names is no name", meta.Path, i+1)
		}
		classes[i] = string(name)
	}
	b := dataset.NewBuilder(root, "stanford-cars", o)
	b.Name, b.Templates = "stanford-cars", "plain"
	for _, l := range lists {
		if err := l.add(b, len(classes)); err != nil {
			return nil, err
		}
	}
	return b.Finish(classes, read.Files{Root: root})
}

// carsLists finds the lists of whichever form is there, and the file with the names of the classes.
func carsLists(root string) (lists []carsList, names string, err error) {
	train, test, whole := carsFile(root, "cars_train_annos.mat"), carsFile(root, "cars_test_annos_withlabels.mat"),
		carsFile(root, "cars_annos.mat")
	names = carsFile(root, "cars_meta.mat")
	switch {
	case train == "" && whole != "" && !disk.IsFolder(root, "car_ims"):
		return nil, "", fault.Missingf("dataset: %s describes the images of car_ims, which are not there; "+
			"unpack car_ims.tgz, or for cars_train and cars_test car_devkit.tgz and cars_test_annos_withlabels.mat, "+
			"in %s",
			filepath.Join(root, whole), root)
	case whole != "" && disk.IsFolder(root, "car_ims"):
		return []carsList{{
			dataset.Whole, whole, strings.TrimSuffix(nested(root, "car_ims"), "car_ims"),
			"relative_im_path",
		}}, whole, nil
	case train == "":
		return nil, "", fault.Missingf("dataset: %s has neither cars_train_annos.mat (in devkit) nor cars_annos.mat; "+
			"unpack car_devkit.tgz of Stanford Cars there", root)
	case test == "":
		return nil, "", fault.Missingf("dataset: %s has no cars_test_annos_withlabels.mat; "+
			"cars_test_annos.mat of the devkit has no labels: put the file with labels into %s", root, root)
	case names == "":
		return nil, "", fault.Missingf("dataset: %s has no cars_meta.mat with the names of the classes; "+
			"unpack car_devkit.tgz of Stanford Cars there", root)
	}
	return []carsList{
		{dataset.Train, train, nested(root, "cars_train") + "/", "fname"},
		{dataset.Test, test, nested(root, "cars_test") + "/", "fname"},
	}, names, nil
}

// add adds the images of a list.
func (l carsList) add(b *dataset.Builder, classes int) error {
	f, err := mat.Read(filepath.Join(b.Root, l.file))
	if err != nil {
		return err
	}
	records, err := mat.Get[mat.Struct](f, "annotations")
	if err != nil {
		return err
	}
	name, class, test := slices.Index(records.Fields, l.name), slices.Index(records.Fields, "class"),
		slices.Index(records.Fields, "test")
	switch {
	case name < 0 || class < 0:
		return fault.Corruptf("dataset: %s: annotations have fields %q, but %s and class are needed; "+
			"cars_test_annos_withlabels.mat has labels, cars_test_annos.mat has none", f.Path, records.Fields, l.name)
	case l.split == dataset.Whole && test < 0:
		return fault.Corruptf("dataset: %s: annotations have fields %q, but test is needed to tell the splits apart",
			f.Path, records.Fields)
	}
	for i, r := range records.Items {
		file, ok := r[name].(mat.Text)
		if !ok || file == "" {
			return fault.Corruptf("dataset: %s: row %d has no file name", f.Path, i+1)
		}
		number, ok := scalar(r[class])
		if !ok || number != math.Trunc(number) || number < 1 || number > float64(classes) {
			return fault.Corruptf("dataset: %s: row %d, image %s, has class %v, but there are %d classes (1 to %d)",
				f.Path, i+1, file, r[class], classes, classes)
		}
		split := l.split
		if split == dataset.Whole {
			split = dataset.Train
			if testing, ok := scalar(r[test]); !ok {
				return fault.Corruptf("dataset: %s: row %d, image %s, does not say whether it is for testing",
					f.Path, i+1, file)
			} else if testing != 0 {
				split = dataset.Test
			}
		}
		if err := addFile(b, split, l.folder+string(file), int(number)-1); err != nil {
			return fault.Corruptf("dataset: %s: row %d: %w", f.Path, i+1, err)
		}
	}
	return nil
}

// scalar is a single number.
func scalar(v mat.Value) (float64, bool) {
	n, ok := v.(mat.Numbers)
	if !ok || len(n) != 1 {
		return 0, false
	}
	return n[0], true
}
