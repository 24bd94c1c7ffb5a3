package published

import (
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Aircraft is FGVC-Aircraft.
var Aircraft = dataset.Format{
	Name: "fgvc-aircraft",
	Doc:  "images/<number>.jpg with images_variant_trainval.txt and images_variant_test.txt, in data/ or not",
	Is:   liesIn(isAircraft, aircraftFolders...),
	Open: openAircraft,
}

// aircraftFolders: the archive has its files in data; other programs want them moved up.
var aircraftFolders = []string{"data", "fgvc-aircraft-2013b/data", "fgvc-aircraft-2013b", "fgvc_aircraft"}

func isAircraft(root string) bool {
	if disk.IsFolder(root, "images") {
		for level := range aircraftLevels {
			if disk.IsFile(root, "images_"+level+"_test.txt") {
				return true
			}
		}
	}
	return false
}

// aircraftLevels are the labels, with the list of names for each.
var aircraftLevels = map[string]string{
	"variant": "variants.txt", "family": "families.txt", "manufacturer": "manufacturers.txt",
}

// openAircraft lists FGVC-Aircraft, with the labels of one of its three levels: Options.Labels is variant (also ""),
// family or manufacturer. Classes are byte-sorted, the order of variants.txt and of CLIP's prompts.
//
// The training split is trainval, 6,667 of the 10,000 images: experiments with this set, those of the FedPuReL paper
// too, train on both its training and its validation images, and test on the published test split. The copyright banner
// of some 20 pixels at the bottom of every picture stays, as it does there.
func openAircraft(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("fgvc-aircraft", "labels"); err != nil {
		return nil, err
	}
	level := o.Labels
	if level == "" {
		level = "variant"
	}
	published, ok := aircraftLevels[level]
	if !ok {
		return nil, fault.Usagef("dataset: labels %q: FGVC-Aircraft has variant, family and manufacturer", o.Labels)
	}
	root, _ = home(root, isAircraft, aircraftFolders...)
	list := func(part string) string { return "images_" + level + "_" + part + ".txt" }
	lists := imageLists{root: root, parse: idAndName(nested(root, "images"))}
	if disk.IsFile(root, list("trainval")) {
		lists.lists = []imageList{{dataset.Train, list("trainval")}, {dataset.Test, list("test")}}
	} else {
		lists.lists = []imageList{
			{dataset.Train, list("train")}, {dataset.Train, list("val")}, {dataset.Test, list("test")},
		}
	}
	if err := lists.there(); err != nil {
		return nil, err
	}
	b := dataset.NewBuilder(root, "fgvc-aircraft", o)
	if b.Name = "fgvc-aircraft"; level != "variant" { // the variants alone have as many images each
		b.Name += "-" + level
	}
	b.Templates = "aircraft"
	var classes []string
	var err error
	if disk.IsFile(root, published) {
		classes, err = textLines(root, published)
	} else {
		classes, err = lists.classes()
	}
	if err != nil {
		return nil, err
	}
	if !slices.IsSorted(classes) {
		slices.Sort(classes)
		b.Note("%s is not sorted by bytes, as labels are", published)
	}
	if err := lists.add(b, classes); err != nil {
		return nil, err
	}
	return b.Finish(classes, read.Files{Root: root})
}

// idAndName parses lines such as "1025794 F/A-18 of a kind": the number of the image up to the first blank, and the
// name of its class.
func idAndName(images string) func(line string) (image, class string, err error) {
	return func(line string) (string, string, error) {
		id, name, ok := strings.Cut(line, " ")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return "", "", fault.Corruptf("%q is not of the form number, blank, name", line)
		}
		return images + "/" + id + ".jpg", name, nil
	}
}
