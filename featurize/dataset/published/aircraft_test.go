package published_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// aircraftTree is FGVC-Aircraft in small, its files in data as the archive has them.
func aircraftTree(t *testing.T) string {
	root := settest.Tree(t, "data/images/1025794.jpg", "data/images/1340192.jpg", "data/images/0056978.jpg",
		"data/images/0698580.jpg", "data/images/0450014.jpg", "README.html", "vgg_aircraft.m")
	settest.Write(t, root, "data/variants.txt", "707-320\nCessna 172\nF-16A/B\nF/A-18\n")
	settest.Write(t, root, "data/families.txt", "Boeing 707\nCessna 172\nF-16\nF/A-18\n")
	settest.Write(t, root, "data/images_box.txt", "1025794 3 144 998 431\n")
	for part, lines := range map[string][]string{
		"train": {"1025794 707-320", "1340192 F/A-18"}, "val": {"0056978 F-16A/B"},
		"trainval": {"1025794 707-320", "1340192 F/A-18", "0056978 F-16A/B"}, "test": {
			"0698580 Cessna 172", "0450014 F/A-18",
		},
	} {
		text := strings.Join(lines, "\n") + "\n"
		settest.Write(t, root, "data/images_variant_"+part+".txt", text)
		settest.Write(t, root, "data/images_family_"+part+".txt",
			strings.NewReplacer("707-320", "Boeing 707", "F-16A/B", "F-16").Replace(text))
		settest.Write(t, root, "data/images_manufacturer_"+part+".txt",
			strings.NewReplacer("707-320", "Boeing", "F-16A/B", "Lockheed Martin", "Cessna 172", "Cessna", "F/A-18",
				"McDonnell Douglas").Replace(text))
	}
	return root
}

func TestAircraft(t *testing.T) {
	root := aircraftTree(t)
	train := []string{"0 images/1025794.jpg", "3 images/1340192.jpg", "2 images/0056978.jpg"}
	check := func(root string) {
		t.Helper()
		s := openPublished(t, root, "fgvc-aircraft", "aircraft", dataset.DefaultOptions())
		checkClasses(t, s, "707-320", "Cessna 172", "F-16A/B", "F/A-18")
		checkNames(t, s, dataset.Train, train...)
		checkNames(t, s, dataset.Test, "1 images/0698580.jpg", "3 images/0450014.jpg")
		checkReads(t, s)
	}
	check(root)
	check(filepath.Join(root, "data"))
	// without trainval, the two lists that make it
	if err := os.Remove(filepath.Join(root, "data/images_variant_trainval.txt")); err != nil {
		t.Fatal(err)
	}
	check(root)
	if err := os.Remove(filepath.Join(root, "data/variants.txt")); err != nil {
		t.Fatal(err)
	}
	check(root)
	settest.Write(t, root, "data/variants.txt", "F/A-18\n707-320\nCessna 172\nF-16A/B\n")
	check(root)
	if notes := openPublished(t, root, "fgvc-aircraft", "aircraft",
		dataset.DefaultOptions()).About().Notes; len(notes) != 2 ||
		!strings.Contains(notes[0], "variants.txt is not sorted") ||
		!strings.Contains(notes[1], `such as "Cessna 172"`) {
		t.Errorf("notes %q", notes)
	}
}

func TestAircraftLevels(t *testing.T) {
	root := aircraftTree(t)
	for level, classes := range map[string][]string{
		"variant": {"707-320", "Cessna 172", "F-16A/B", "F/A-18"}, "family": {
			"Boeing 707", "Cessna 172", "F-16", "F/A-18",
		},
		"manufacturer": {"Boeing", "Cessna", "Lockheed Martin", "McDonnell Douglas"},
	} {
		o := dataset.DefaultOptions()
		o.Labels = level
		s := openPublished(t, root, "fgvc-aircraft", "aircraft", o)
		checkClasses(t, s, classes...)
		checkNames(t, s, dataset.Test, "1 images/0698580.jpg", "3 images/0450014.jpg")
	}
	checkOptions(t, root, map[string]dataset.Options{`"species"`: {Labels: "species"}, "--fold": {Fold: 1}})
}

func TestAircraftRefusals(t *testing.T) {
	checkRefusals(t, aircraftTree, "fgvc-aircraft", map[string]change{
		"no name": {
			"data/images_variant_test.txt", "0698580 Cessna 172\n0450014\n", fault.Corrupt,
			"images_variant_test.txt line 2",
		},
		"another name":    {"data/images_variant_test.txt", "0698580 Cessna 173\n", fault.Corrupt, `"Cessna 173"`},
		"a name too few":  {"data/variants.txt", "707-320\nCessna 172\nF/A-18\n", fault.Corrupt, `"F-16A/B"`},
		"no test list":    {"data/images_variant_test.txt", "", fault.Missing, "images_variant_test.txt"},
		"no image folder": {"data/images", "", fault.Missing, "images_variant_train.txt"},
	})
}

func TestAircraftMissing(t *testing.T) {
	root := aircraftTree(t)
	if err := os.Remove(filepath.Join(root, "data/images/0450014.jpg")); err != nil {
		t.Fatal(err)
	}
	s := openPublished(t, root, "fgvc-aircraft", "aircraft", dataset.DefaultOptions())
	if a := s.About(); a.Missing != 1 || a.Examples[0] != "images/0450014.jpg" || s.Len(dataset.Test) != 2 {
		t.Errorf("%+v, %d test images", a, s.Len(dataset.Test))
	}
}
