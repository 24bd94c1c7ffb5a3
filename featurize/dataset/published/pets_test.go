package published_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// petsTree is Oxford-IIIT Pets in small. The order of its class numbers ignores case.
func petsTree(t *testing.T) string {
	root := settest.Tree(t, "images/Abyssinian_100.jpg", "images/Abyssinian_34.jpg", "images/Abyssinian_100.mat",
		"images/american_pit_bull_terrier_2.jpg", "images/american_pit_bull_terrier_3.jpg",
		"images/Bengal_1.jpg", "images/Bengal_2.jpg", "annotations/README", "annotations/trimaps/._Abyssinian_100.png",
		"annotations/xmls/Abyssinian_100.xml")
	settest.Write(t, root, "annotations/list.txt",
		"#Image CLASS-ID SPECIES BREED ID\n#ID: 1:37 Class ids\nAbyssinian_100 1 1 1\n")
	settest.Write(t, root, "annotations/trainval.txt",
		"# a comment\nAbyssinian_100 1 1 1\namerican_pit_bull_terrier_2 2 2 1\nBengal_1 3 1 2\n")
	settest.Write(t, root, "annotations/test.txt",
		"Abyssinian_34 1 1 1\nBengal_2 3 1 2\namerican_pit_bull_terrier_3 2 2 1\n")
	return root
}

func TestPets(t *testing.T) {
	root := petsTree(t)
	settest.Write(t, root, "images/Abyssinian_34.jpg", "GIF89a, whatever its name says: images/Abyssinian_34.jpg")
	s := openPublished(t, root, "oxford-pets", "pets", dataset.DefaultOptions())
	checkClasses(t, s, "abyssinian", "american pit bull terrier", "bengal")
	checkNames(t, s, dataset.Train, "0 images/Abyssinian_100.jpg", "1 images/american_pit_bull_terrier_2.jpg",
		"2 images/Bengal_1.jpg")
	checkNames(t, s, dataset.Test, "0 images/Abyssinian_34.jpg", "2 images/Bengal_2.jpg",
		"1 images/american_pit_bull_terrier_3.jpg")
	checkReads(t, s)
	if n := s.About().Notes; len(n) > 0 {
		t.Errorf("notes %q", n)
	}
	settest.Write(t, root, "annotations/test.txt", "Abyssinian_404 1 1 1\nBengal_2 3 1 2\n")
	if a := openPublished(t, root, "oxford-pets", "pets", dataset.DefaultOptions()).About(); a.Missing != 1 ||
		a.Examples[0] != "images/Abyssinian_404.jpg" {
		t.Errorf("%+v", a)
	}
}

func TestPetsRefusals(t *testing.T) {
	const file = "annotations/test.txt"
	checkRefusals(t, petsTree, "oxford-pets", map[string]change{
		"three fields":        {file, "Abyssinian_34 1 1\n", fault.Corrupt, "test.txt line 1"},
		"five fields":         {file, "Bengal_2 3 1 2\nAbyssinian 34 1 1 1\n", fault.Corrupt, "test.txt line 2"},
		"class 0":             {file, "Abyssinian_34 0 1 1\n", fault.Corrupt, "class number 0"},
		"class -1":            {file, "Abyssinian_34 -1 1 1\n", fault.Corrupt, "class number -1"},
		"class beyond":        {file, "Siamese_1 38 1 1\n", fault.Corrupt, "Siamese_1 has class number 38"},
		"a word for a class":  {file, "Abyssinian_34 cat 1 1\n", fault.Corrupt, `"cat" is no number`},
		"another's number":    {file, "Abyssinian_34 3 1 1\n", fault.Corrupt, `class "abyssinian" has class number 3`},
		"two with one number": {file, "Siamese_1 3 1 1\n", fault.Corrupt, `that was "bengal"`},
		"no breed":            {file, "34 1 1 1\n", fault.Corrupt, "breed_number"},
		"no list":             {file, "", fault.Missing, "annotations/test.txt"},
		"a path upwards":      {file, "../Bengal_2 4 1 1\n", fault.Corrupt, "leads out"},
	})
	checkOptions(t, petsTree(t), map[string]dataset.Options{"--labels": {Labels: "species"}})
}
