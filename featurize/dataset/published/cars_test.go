package published_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat/mattest"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// car is a record of the lists of Stanford Cars.
type car struct {
	class float64
	file  string
	test  float64
}

var carNames = mattest.Compressed(mattest.Variable("class_names", mat.Cell{
	mat.Text("AM General Hummer SUV 2000"), mat.Text("Acura RL Sedan 2012"),
	mat.Text("Ram C/V Cargo Van Minivan 2012"), mat.Text("smart fortwo Convertible 2012"),
}, 16))

// carsMAT is a list in the form of the devkit, or of cars_annos.mat. Boxes are stored in two bytes, classes in one.
func carsMAT(whole bool, cars ...car) string {
	s := mat.Struct{Fields: []string{"bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"}}
	if whole {
		s.Fields = []string{"relative_im_path", "bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "test"}
	}
	n := func(x float64) mat.Value { return mat.Numbers{x} }
	for _, c := range cars {
		item := []mat.Value{n(39), n(116), n(569), n(375), n(c.class), mat.Text(c.file)}
		if whole {
			item = []mat.Value{mat.Text(c.file), n(39), n(116), n(569), n(375), n(c.class), n(c.test)}
		}
		s.Items = append(s.Items, item)
	}
	file := mattest.File(mattest.Compressed(mattest.Variable("annotations", s, 16)))
	if whole {
		file = append(file, carNames...)
	}
	return string(file)
}

// carsTree is Stanford Cars in small, as it comes: the file with the labels of the test images is outside the devkit.
func carsTree(t *testing.T) string {
	root := settest.Tree(t, "cars_train/00001.jpg", "cars_train/00002.jpg", "cars_train/00003.jpg",
		"cars_test/00001.jpg", "cars_test/00002.jpg")
	settest.Write(t, root, "devkit/cars_meta.mat", string(mattest.File(carNames)))
	settest.Write(t, root, "devkit/cars_train_annos.mat",
		carsMAT(false, car{class: 3, file: "00001.jpg"}, car{class: 1, file: "00002.jpg"},
			car{class: 4, file: "00003.jpg"}))
	settest.Write(t, root, "devkit/cars_test_annos.mat",
		string(mattest.File(mattest.Compressed(mattest.Variable("annotations", mat.Struct{
			Fields: []string{"bbox_x1", "fname"},
			Items:  [][]mat.Value{{mat.Numbers{30}, mat.Text("00001.jpg")}},
		}, 16)))))
	settest.Write(t, root, "cars_test_annos_withlabels.mat",
		carsMAT(false, car{class: 1, file: "00001.jpg"}, car{class: 3, file: "00002.jpg"}))
	return root
}

func TestCars(t *testing.T) {
	root := carsTree(t)
	s := openPublished(t, root, "stanford-cars", "plain", dataset.DefaultOptions())
	checkClasses(t, s, "AM General Hummer SUV 2000", "Acura RL Sedan 2012", "Ram C/V Cargo Van Minivan 2012",
		"smart fortwo Convertible 2012")
	checkNames(t, s, dataset.Train, "2 cars_train/00001.jpg", "0 cars_train/00002.jpg", "3 cars_train/00003.jpg")
	checkNames(t, s, dataset.Test, "0 cars_test/00001.jpg", "2 cars_test/00002.jpg")
	checkReads(t, s)
	if n := s.About().Notes; len(n) > 0 {
		t.Errorf("notes %q", n)
	}
	moveFile(t, root, "cars_test_annos_withlabels.mat", "devkit/cars_test_annos_withlabels.mat")
	moveFile(t, root, "cars_train", "inner")
	moveFile(t, root, "inner", "cars_train/cars_train")
	s = openPublished(t, root, "stanford-cars", "plain", dataset.DefaultOptions())
	checkNames(t, s, dataset.Train, "2 cars_train/cars_train/00001.jpg", "0 cars_train/cars_train/00002.jpg",
		"3 cars_train/cars_train/00003.jpg")
	// what was written before the move
	if data, err := s.Read(settest.Item(t, s, dataset.Train, 1)); err != nil || string(data) != "cars_train/00002.jpg" {
		t.Errorf("read %q, %v", data, err)
	}
	if err := os.Remove(filepath.Join(root, "cars_test/00002.jpg")); err != nil {
		t.Fatal(err)
	}
	if a := openPublished(t, root, "stanford-cars", "plain", dataset.DefaultOptions()).About(); a.Missing != 1 ||
		a.Examples[0] != "cars_test/00002.jpg" {
		t.Errorf("%+v", a)
	}
}

func TestCarsInOneList(t *testing.T) {
	make := func(t *testing.T) string {
		root := settest.Tree(t, "car_ims/000001.jpg", "car_ims/000002.jpg", "car_ims/016185.jpg")
		settest.Write(t, root, "cars_annos.mat",
			carsMAT(true, car{1, "car_ims/000001.jpg", 0}, car{3, "car_ims/000002.jpg", 1},
				car{4, "car_ims/016185.jpg", 0}))
		return root
	}
	root := make(t)
	s := openPublished(t, root, "stanford-cars", "plain", dataset.DefaultOptions())
	checkClasses(t, s, "AM General Hummer SUV 2000", "Acura RL Sedan 2012", "Ram C/V Cargo Van Minivan 2012",
		"smart fortwo Convertible 2012")
	checkNames(t, s, dataset.Train, "0 car_ims/000001.jpg", "3 car_ims/016185.jpg")
	checkNames(t, s, dataset.Test, "2 car_ims/000002.jpg")
	checkReads(t, s)
	moveFile(t, root, "car_ims", "inner")
	moveFile(t, root, "inner", "car_ims/car_ims")
	checkNames(t, openPublished(t, root, "stanford-cars", "plain", dataset.DefaultOptions()), dataset.Test,
		"2 car_ims/car_ims/000002.jpg")
	checkRefusals(t, make, "", map[string]change{
		"no images": {"car_ims", "", fault.Missing, "describes the images of car_ims"},
		"no field test": {
			"cars_annos.mat",
			string(mattest.File(mattest.Variable("annotations",
				mat.Struct{Fields: []string{"relative_im_path", "class"}}, 4), carNames)),
			fault.Corrupt, "but test is needed",
		},
		"a path upwards": {"cars_annos.mat", carsMAT(true, car{1, "../x.jpg", 0}), fault.Corrupt, "leads out"},
		"class 5": {
			"cars_annos.mat", carsMAT(true, car{5, "car_ims/000001.jpg", 0}), fault.Corrupt, "has class [5]",
		},
	})
}

func TestCarsRefusals(t *testing.T) {
	const test, train = "cars_test_annos_withlabels.mat", "devkit/cars_train_annos.mat"
	boxesOnly, err := os.ReadFile(filepath.Join(carsTree(t), "devkit/cars_test_annos.mat"))
	if err != nil {
		t.Fatal(err)
	}
	checkRefusals(t, carsTree, "stanford-cars", map[string]change{
		"without labels":      {test, "", fault.Missing, "has no cars_test_annos_withlabels.mat"},
		"the wrong test list": {test, string(boxesOnly), fault.Corrupt, "cars_test_annos_withlabels.mat has labels"},
		"no devkit":           {train, "", fault.Missing, "cars_train_annos.mat"},
		"no names":            {"devkit/cars_meta.mat", "", fault.Missing, "cars_meta.mat"},
		"class 0": {
			train, carsMAT(false, car{class: 0, file: "00001.jpg"}), fault.Corrupt,
			"row 1, image 00001.jpg, has class [0]",
		},
		"class 197": {
			train, carsMAT(false, car{class: 1, file: "00001.jpg"}, car{class: 197, file: "00002.jpg"}), fault.Corrupt,
			"row 2, image 00002.jpg, has class [197], but there are 4 classes",
		},
		"half a class": {
			train, carsMAT(false, car{class: 1.5, file: "00001.jpg"}), fault.Corrupt, "has class [1.5]",
		},
		"no file name":   {train, carsMAT(false, car{class: 1}), fault.Corrupt, "row 1 has no file name"},
		"a path upwards": {train, carsMAT(false, car{class: 1, file: "../x.jpg"}), fault.Corrupt, "leads out"},
		"no annotations": {
			train, string(mattest.File(carNames)), fault.Corrupt, "no variable annotations of the kind struct",
		},
		"names that are none": {
			"devkit/cars_meta.mat", string(mattest.File(mattest.Variable("class_names", mat.Cell{mat.Numbers{1}}, 4))),
			fault.Corrupt, "row 1 of class_names",
		},
		"version 7.3": {"devkit/cars_meta.mat", "\x89HDF\r\n\x1a\n", fault.Corrupt, "save -v7"},
		"a page in its stead": {
			"devkit/cars_meta.mat", strings.Repeat("<html>404</html>", 20), fault.Corrupt, "no MAT file",
		},
	})
	checkOptions(t, carsTree(t), map[string]dataset.Options{"--fold": {Fold: 1}})
}
