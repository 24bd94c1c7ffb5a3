package published

import (
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Pets is the Oxford-IIIT Pets.
var Pets = dataset.Format{
	Name: "oxford-pets",
	Doc:  "images/<Breed>_<number>.jpg with annotations/trainval.txt and annotations/test.txt",
	Is:   liesIn(isPets, petsFolder),
	Open: openPets,
}

const petsFolder = "oxford-iiit-pet"

func isPets(root string) bool {
	lists := nested(root, "annotations")
	return disk.IsFolder(root, "images") && disk.IsFile(root, lists, "trainval.txt") &&
		disk.IsFile(root, lists, "test.txt")
}

// openPets lists the Oxford-IIIT Pets. A line is the image's name, the number of its class from 1, 1 for a cat or 2 for
// a dog, and its number among those: "Abyssinian_100 1 1 1". Labels follow the class number, whose order ignores case;
// the order of CLIP's prompts is another, with all cats first. The breed is the image's name up to its last underscore,
// in lower case.
func openPets(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("oxford-pets"); err != nil {
		return nil, err
	}
	root, _ = home(root, isPets, petsFolder)
	images, annotations := nested(root, "images"), nested(root, "annotations")
	lists := []imageList{{dataset.Train, annotations + "/trainval.txt"}, {dataset.Test, annotations + "/test.txt"}}
	if err := (imageLists{root: root, lists: lists}).there(); err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "oxford-pets", o)
	b.Name, b.Templates = "oxford-pets", "pets"
	var met numberedClasses
	for _, list := range lists {
		if err := textList(root, list.file, func(line string) error {
			fields := strings.Fields(line)
			if len(fields) != 4 {
				return fault.Corruptf("%q has %d fields instead of four: name, class, species, breed",
					line, len(fields))
			}
			number, err := strconv.Atoi(fields[1])
			if err != nil {
				return fault.Corruptf("%q: the class %q is no number", line, fields[1])
			}
			breed := strings.ToLower(fields[0][:max(strings.LastIndexByte(fields[0], '_'), 0)])
			if breed == "" {
				return fault.Corruptf("%q: the image's name is not of the form breed_number", line)
			}
			label, err := met.meet(fields[0], breed, float64(number))
			if err != nil {
				return err
			}
			return addFile(b, list.split, images+"/"+fields[0]+".jpg", label)
		}); err != nil {
			return nil, err
		}
	}
	classes, err := met.classes(root)
	if err != nil {
		return nil, err
	}
	return b.Finish(names.Humans(classes), read.Files{Root: root})
}
