package published_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat/mattest"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// dogsMAT is a list of Stanford Dogs. Numbers that are no whole numbers keep the form of doubles.
func dogsMAT(labels mat.Numbers, files ...string) string {
	list, annotations := mat.Cell{}, mat.Cell{}
	for _, f := range files {
		list, annotations = append(list, mat.Text(f)), append(annotations, mat.Text(strings.TrimSuffix(f, ".jpg")))
	}
	return string(mattest.File(mattest.Compressed(mattest.Variable("file_list", list, 4)),
		mattest.Compressed(mattest.Variable("annotation_list", annotations, 4)),
		mattest.Compressed(mattest.Variable("labels", labels, 4))))
}

// The five names that a cut at every hyphen would truncate, and two others.
var dogFolders = []string{
	"n02085620-Chihuahua", "n02089078-black-and-tan_coonhound", "n02095314-wire-haired_fox_terrier",
	"n02098105-soft-coated_wheaten_terrier", "n02099267-flat-coated_retriever",
	"n02099429-curly-coated_retriever", "n02116738-African_hunting_dog",
}

func dogsTree(t *testing.T) string {
	var files, train, test []string
	labels := mat.Numbers{}
	for i, f := range dogFolders {
		id, _, _ := strings.Cut(f, "-")
		train, test, labels = append(train, f+"/"+id+"_1.jpg"), append(test, f+"/"+id+"_2.jpg"),
			append(labels, float64(i+1))
		files = append(files, "Images/"+train[i], "Images/"+test[i], "Annotation/"+strings.TrimSuffix(train[i], ".jpg"))
	}
	root := settest.Tree(t, files...)
	settest.Write(t, root, "train_list.mat", dogsMAT(labels, train...))
	settest.Write(t, root, "test_list.mat", dogsMAT(labels, test...))
	return root
}

func moveFile(t *testing.T, root, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, from), filepath.Join(root, to)); err != nil {
		t.Fatal(err)
	}
}

func TestDogs(t *testing.T) {
	root := dogsTree(t)
	check := func(images string) {
		t.Helper()
		s := openPublished(t, root, "stanford-dogs", "dogs", dataset.DefaultOptions())
		checkClasses(t, s, "Chihuahua", "black-and-tan coonhound", "wire-haired fox terrier",
			"soft-coated wheaten terrier", "flat-coated retriever", "curly-coated retriever",
			"African hunting dog")
		if got := settest.Names(s, dataset.Train); len(got) != 7 ||
			got[6] != "6 "+images+"/n02116738-African_hunting_dog/n02116738_1.jpg" {
			t.Errorf("train %q", got)
		}
		if got := settest.Names(s, dataset.Test); len(got) != 7 ||
			got[1] != "1 "+images+"/n02089078-black-and-tan_coonhound/n02089078_2.jpg" {
			t.Errorf("test %q", got)
		}
		if a := s.About(); a.Missing > 0 {
			t.Errorf("%+v", a)
		}
	}
	check("Images")
	checkReads(t, openPublished(t, root, "stanford-dogs", "dogs", dataset.DefaultOptions()))
	moveFile(t, root, "train_list.mat", "lists/train_list.mat")
	moveFile(t, root, "test_list.mat", "lists/test_list.mat")
	check("Images")
	moveFile(t, root, "Images", "inner")
	moveFile(t, root, "inner", "images/Images")
	check("images/Images")
	if err := os.Remove(filepath.Join(root, "images/Images/n02085620-Chihuahua/n02085620_2.jpg")); err != nil {
		t.Fatal(err)
	}
	if a := openPublished(t, root, "stanford-dogs", "dogs", dataset.DefaultOptions()).About(); a.Missing != 1 {
		t.Errorf("%+v", a)
	}
}

func TestDogsRefusals(t *testing.T) {
	const file, first, second = "test_list.mat", "n02085620-Chihuahua/n02085620_2.jpg",
		"n02089078-black-and-tan_coonhound/n02089078_2.jpg"
	one := mat.Numbers{1}
	checkRefusals(t, dogsTree, "", map[string]change{
		"no list":   {file, "", fault.Missing, "unpack lists.tar"},
		"no images": {"Images", "", fault.Missing, "images.tar"},
		"class 0": {
			file, dogsMAT(mat.Numbers{0}, first), fault.Corrupt, "row 1: image " + first + " has class number 0",
		},
		"class 121": {
			file, dogsMAT(mat.Numbers{1, 121}, first, "n03-other/n03_1.jpg"), fault.Corrupt,
			"n03-other/n03_1.jpg has class number 121",
		},
		"class 1.5": {file, dogsMAT(mat.Numbers{1.5}, first), fault.Corrupt, "class number 1.5"},
		"another's number": {
			file, dogsMAT(mat.Numbers{1, 3}, first, second), fault.Corrupt, `row 2: image ` + second,
		},
		"two with one number": {file, dogsMAT(one, "n03-other/n03_1.jpg"), fault.Corrupt, "n02085620-Chihuahua"},
		"a label too few":     {file, dogsMAT(one, first, second), fault.Corrupt, "2 files and 1 labels"},
		"no folder":           {file, dogsMAT(one, "n02085620_2.jpg"), fault.Corrupt, "row 1"},
		"a path upwards":      {file, dogsMAT(one, "n02085620-Chihuahua/../../../x.jpg"), fault.Corrupt, "leads out"},
		"no text": {
			file,
			string(mattest.File(mattest.Variable("file_list", mat.Cell{one}, 4), mattest.Variable("labels", one, 4))),
			fault.Corrupt, "row 1",
		},
		"no file_list": {
			file, string(mattest.File(mattest.Variable("labels", one, 4))), fault.Corrupt, "file_list",
		},
		"no labels": {
			file, string(mattest.File(mattest.Variable("file_list", mat.Cell{mat.Text(first)}, 4))), fault.Corrupt,
			"labels",
		},
		"truncated": {file, dogsMAT(one, first)[:200], fault.Corrupt, file},
	})
	checkOptions(t, dogsTree(t), map[string]dataset.Options{"--fold": {Fold: 1}})
}

// TestDogsAsFolder follows the advice for a copy without lists.
func TestDogsAsFolder(t *testing.T) {
	root := dogsTree(t)
	for _, f := range []string{"train_list.mat", "test_list.mat"} {
		if err := os.Remove(filepath.Join(root, f)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := all.Open(root, dataset.DefaultOptions()); err == nil ||
		!strings.Contains(err.Error(), filepath.Join(root, "Images")+" with --format folder and --test-fraction") {
		t.Fatal(err)
	}
	if s := openPublished(t, filepath.Join(root, "Images"), "folder", "",
		dataset.DefaultOptions()); s.Len(dataset.Train) != 7 || s.Len(dataset.Test) != 7 {
		t.Errorf("%d and %d images", s.Len(dataset.Train), s.Len(dataset.Test))
	}
}
