package published

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/mat"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Dogs is Stanford Dogs.
var Dogs = dataset.Format{
	Name: "stanford-dogs",
	Doc:  "Images/n<number>-<breed>/<image>.jpg with train_list.mat and test_list.mat, in lists/ or not",
	Is: func(root string, _ dataset.Options) bool {
		return dogsList(root, "train_list.mat") != "" || hasBreeds(root, dogsImages(root))
	},
	Open: openDogs,
}

func dogsList(root, file string) string {
	return disk.FirstFile(root, file, "lists/"+file)
}

// dogsImages is the folder with a folder for each breed, or "".
func dogsImages(root string) string {
	return disk.FirstFolder(root, "Images/Images", "images/Images", "Images", "images")
}

var breedFolder = regexp.MustCompile(`^n\d{8}-.`)

// hasBreeds looks at a few entries of a folder.
func hasBreeds(root, folder string) bool {
	if folder == "" {
		return false
	}
	f, err := os.Open(filepath.Join(root, folder))
	if err != nil {
		return false
	}
	defer f.Close()
	few, _ := f.Readdirnames(16) // what cannot be read has no breeds
	return slices.ContainsFunc(few, breedFolder.MatchString)
}

// openDogs lists Stanford Dogs. The lists are MAT files with file_list, a cell of paths below Images, and labels,
// numbers from 1. The class is the folder, with which the numbers must agree; its name is what follows the first
// hyphen: n02099429-curly-coated_retriever is "curly-coated retriever".
func openDogs(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("stanford-dogs"); err != nil {
		return nil, err
	}
	images := dogsImages(root)
	lists := map[dataset.Split]string{
		dataset.Train: dogsList(root, "train_list.mat"), dataset.Test: dogsList(root, "test_list.mat"),
	}
	switch {
	case images == "":
		return nil, fault.Missingf("dataset: %s has no folder Images; unpack images.tar of Stanford Dogs there", root)
	case lists[dataset.Train] == "" || lists[dataset.Test] == "":
		return nil, fault.Missingf("dataset: %s has no train_list.mat and test_list.mat; "+
			"unpack lists.tar of Stanford Dogs there, or divide the images anew: "+
			"pass %s with --format folder and --test-fraction",
			root, filepath.Join(root, images))
	}
	b := dataset.NewBuilder(root, "stanford-dogs", o)
	b.Name, b.Templates = "stanford-dogs", "dogs"
	var met numberedClasses
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		if err := addDogs(b, images, split, lists[split], &met); err != nil {
			return nil, err
		}
	}
	classes, err := met.classes(root)
	if err != nil {
		return nil, err
	}
	for i, c := range classes {
		if _, breed, ok := strings.Cut(c, "-"); ok {
			classes[i] = breed
		}
	}
	return b.Finish(names.Humans(classes), read.Files{Root: root})
}

func addDogs(b *dataset.Builder, images string, split dataset.Split, list string, met *numberedClasses) error {
	f, err := mat.Read(filepath.Join(b.Root, list))
	if err != nil {
		return err
	}
	files, err := mat.Get[mat.Cell](f, "file_list")
	if err != nil {
		return err
	}
	numbers, err := mat.Get[mat.Numbers](f, "labels")
	if err != nil {
		return err
	}
	if len(files) != len(numbers) {
		return fault.Corruptf("dataset: %s has %d files and %d labels; fetch it again",
			f.Path, len(files), len(numbers))
	}
	for i, v := range files {
		file, ok := v.(mat.Text)
		folder, _, inFolder := strings.Cut(string(file), "/")
		if !ok || !inFolder {
			return fault.Corruptf("dataset: %s: row %d of file_list is %q, not of the form class/image", f.Path, i+1, v)
		}
		label, err := met.meet(string(file), folder, numbers[i])
		if err == nil {
			err = addFile(b, split, images+"/"+string(file), label)
		}
		if err != nil {
			return fault.Corruptf("dataset: %s: row %d: %w", f.Path, i+1, err)
		}
	}
	return nil
}
