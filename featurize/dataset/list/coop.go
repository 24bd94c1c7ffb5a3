package list

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// CoOp is a list of CoOp's.
var CoOp = dataset.Format{
	Name: "coop",
	Doc: "split_zhou_<set>.json of CoOp: {\"train\":[[path,label,class name],…],\"val\":…,\"test\":…}; " +
		"the file, or the folder that holds it and the images",
	Is: func(root string, _ dataset.Options) bool {
		if disk.IsFile(root) {
			return disk.LowerExt(root) == ".json" && beginsAsCoOp(root)
		}
		return len(coopFiles(root)) > 0
	},
	Open: openCoOp,
}

// coopSets are CoOp's sets, the folders in which it keeps their images, and their customary prompts.
var coopSets = []struct{ file, name, folder, templates string }{
	{"split_zhou_OxfordPets.json", "oxford-pets", "oxford_pets/images", "pets"},
	{"split_zhou_Food101.json", "food-101", "food-101/images", "food"},
	{"split_zhou_DescribableTextures.json", "dtd", "dtd/images", "dtd"},
	{"split_zhou_StanfordCars.json", "stanford-cars", "stanford_cars", "plain"},
	{"split_zhou_OxfordFlowers.json", "oxford-flowers", "oxford_flowers/jpg", ""},
	{"split_zhou_Caltech101.json", "caltech-101", "caltech-101/101_ObjectCategories", "plain"},
	{"split_zhou_EuroSAT.json", "eurosat", "eurosat/2750", ""},
	{"split_zhou_SUN397.json", "sun397", "sun397/SUN397", "places2"},
	{"split_zhou_UCF101.json", "ucf101", "ucf101/UCF-101-midframes", ""},
}

// coopFiles are the lists that lie in a folder.
func coopFiles(root string) (files []string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "split_zhou_") && disk.LowerExt(e.Name()) == ".json" &&
			disk.IsFile(root, e.Name()) {
			files = append(files, e.Name())
		}
	}
	return files
}

// openCoOp lists a set by a list of CoOp's, or by the few-shot lists of cross_modal_adaptation, which have the same
// form. Labels and class names are the list's.
func openCoOp(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("coop", "images"); err != nil {
		return nil, err
	}
	file := root
	if disk.IsFolder(root) {
		switch files := coopFiles(root); len(files) {
		case 0:
			return nil, fault.Missingf("dataset: %s holds no split_zhou_*.json", root)
		case 1:
			file = filepath.Join(root, files[0])
		default:
			return nil, fault.Usagef("dataset: %s holds %d lists; pass one of them: %s",
				root, len(files), disk.Clipped(strings.Join(files, ", ")))
		}
	}
	b := dataset.NewBuilder(root, "coop", o)
	classes, numbers := map[int]string{}, map[int]int{}
	var all names.Numbers
	var sample []string
	parts, err := eachCoOp(file, func(part string, e *coopEntry) error {
		if len(sample) < sampleSize {
			sample = append(sample, e.path)
		}
		n, err := all.Add(int64(e.label), func() string { return file + ": " + e.path })
		if numbers[e.label] = n; err != nil || n < 0 {
			return err
		}
		if before, ok := classes[e.label]; ok && before != e.class {
			return fault.Corruptf("label %d is called %q, but %q before",
				e.label, disk.Clipped(e.class), disk.Clipped(before))
		}
		classes[e.label] = e.class
		return all.Call(int64(e.label), e.class, part, file+": "+e.path)
	})
	if err == nil {
		err = all.Settle(&b.Remarks, names.Given{})
	}
	if err != nil {
		return nil, err
	}
	splits := map[string]dataset.Split{"train": dataset.Train, "val": dataset.Val, "test": dataset.Test}
	for _, p := range parts {
		if p == releasedTest && !slices.Contains(parts, "test") {
			splits[p] = dataset.Test
			b.Note("%q is taken for the list of test images", p)
		} else if _, known := splits[p]; !known {
			b.Skip("parts of the list that are none of train, val and test", p)
		}
	}
	images, err := imagesAt(filepath.Dir(file), o)
	if err != nil {
		return nil, err
	}
	f := finder{Files: images}
	if o.Images == "" {
		f.settle(coopFolders(filepath.Base(file)), sample)
		images.Root = filepath.Join(images.Root, f.below)
		f = finder{Files: images}
	}
	for _, s := range coopSets {
		if s.file == filepath.Base(file) {
			b.Name, b.Templates = s.name, s.templates
		}
	}
	_, err = eachCoOp(file, func(part string, e *coopEntry) error {
		split, ok := splits[part]
		if !ok {
			return nil
		}
		name, there := f.find(e.path)
		return b.AddFile(split, name, all.Label(numbers[e.label]), there)
	})
	if err != nil {
		return nil, err
	}
	return b.Finish(all.Classes(&b.Remarks), images)
}

// coopFolders are the folders, from a list's, in which its images may lie: beside it; where CoOp has them; or, for
// cross_modal_adaptation's lists in indices/<set>/, two folders up.
func coopFolders(file string) []string {
	folders := []string{"images", ""}
	for _, s := range coopSets {
		if s.file == file {
			folders = append(folders, s.folder)
		}
	}
	for _, s := range coopSets {
		folders = append(folders, path.Base(s.folder))
	}
	return append(folders, "..", "../..")
}
