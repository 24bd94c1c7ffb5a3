package array

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// IDX is MNIST's form, and that of the sets after its model.
var IDX = dataset.Format{
	Name: "idx",
	Doc: "MNIST's and Fashion-MNIST's train-images-idx3-ubyte, t10k-labels-idx1-ubyte and so on, " +
		"packed (.gz) or not; there, in raw or in FashionMNIST/raw",
	Is:     isIDX,
	Open:   openIDX,
	Inside: true,
}

// idxName is how files are called: with a dot in some copies, with the part of EMNIST before it.
var idxName = regexp.MustCompile(`^(?:(.+)-)?(train|t10k|test)[-.](images[-.]idx3|labels[-.]idx1)[-.]ubyte(\.gz)?$`)

// idxFolders are where the files are, below the folder that is passed.
var idxFolders = []string{"", "raw", "FashionMNIST/raw", "MNIST/raw", "KMNIST/raw", "EMNIST/raw", "data/fashion"}

// idxFiles are the names of the files by part of the set, split and what they hold: "", "train images".
type idxFiles map[string]map[string]string

func findIDX(folder string) idxFiles {
	files := idxFiles{}
	entries, _ := os.ReadDir(folder) // what cannot be read holds none
	for _, e := range entries {
		m := idxName.FindStringSubmatch(e.Name())
		if m == nil || !disk.IsFile(folder, e.Name()) {
			continue
		}
		if files[m[1]] == nil {
			files[m[1]] = map[string]string{}
		}
		what := strings.ReplaceAll(m[2], "t10k", "test") + " " + m[3][:len("images")]
		if files[m[1]][what] == "" { // entries are sorted: a file before its packed form
			files[m[1]][what] = e.Name()
		}
	}
	return files
}

// idxFolder is the first folder that has files, and the others of the same kind.
func idxFolder(root string) (folder string, files idxFiles, others []string) {
	for _, sub := range idxFolders {
		if found := findIDX(filepath.Join(root, filepath.FromSlash(sub))); len(found) > 0 {
			if files == nil {
				folder, files = sub, found
			} else if folder != "" {
				others = append(others, sub)
			}
		}
	}
	return folder, files, others
}

func isIDX(root string, _ dataset.Options) bool {
	_, files, _ := idxFolder(root)
	return len(files) > 0
}

// openIDX lists arrays of grey images, with their labels in files of their own.
func openIDX(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("idx", "labels"); err != nil {
		return nil, err
	}
	sub, parts, others := idxFolder(root)
	switch {
	case parts == nil:
		return nil, fault.Missingf("dataset: %s holds no train-images-idx3-ubyte or its like", root)
	case len(others) > 0:
		return nil, fault.Usagef("dataset: %s holds several sets, %s and %s; pass the folder of one",
			root, sub, strings.Join(others, ", "))
	}
	part, files, err := parts.choose(root, o.Labels)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(root, filepath.FromSlash(sub))
	b := dataset.NewBuilder(root, "idx", o)
	says := whichIDX(folder, part)
	var kept *emnist
	if says == "emnist" {
		if kept, err = openEMNIST(&b.Remarks, folder, part); err != nil {
			return nil, err
		}
	}
	return list(b, func(a *arrays) ([]string, error) {
		for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
			images, labels := files[string(split)+" images"], files[string(split)+" labels"]
			if images == "" && labels == "" {
				continue
			} else if images == "" || labels == "" {
				return nil, fault.Missingf("dataset: %s holds the %s images or their labels, but not both; "+
					"fetch the other file", folder, split)
			}
			if err := a.idx(b, split, filepath.Join(folder, images), filepath.Join(folder, labels), kept); err != nil {
				return nil, err
			}
		}
		given, err := names.Beside(folder)
		if err == nil && given.Names == nil {
			given, err = names.Beside(root)
		}
		if err != nil {
			return nil, err
		}
		highest, _ := a.numbers.Any()
		switch {
		case given.Names != nil:
		case kept != nil && kept.names != nil:
			given = names.Given{From: kept.source, Names: kept.names}
		default:
			given = names.Given{From: "the set", Names: namesOfIDX(&b.Remarks, says, int(highest)+1, a.labels)}
			if given.Names != nil && says == "mnist" { // Fashion-MNIST is known by its classes
				b.Name = "mnist"
			}
		}
		if err := a.settle(b, given); err != nil {
			return nil, err
		} else if given.Names != nil {
			return a.numbers.Classes(&b.Remarks), nil
		}
		classes := a.called("%d")
		b.Note("the %d classes have no names but their numbers, which say little to a model; %s",
			len(classes), remedy)
		return classes, nil
	})
}

// choose picks the part that is wanted, or the only one.
func (parts idxFiles) choose(root, wanted string) (part string, files map[string]string, err error) {
	var names []string
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	files, ok := parts[wanted]
	switch {
	case ok:
		return wanted, files, nil
	case wanted == "" && len(names) == 1:
		return names[0], parts[names[0]], nil
	}
	return "", nil, fault.Usagef("dataset: %s has no part %q; --labels chooses one of %q", root, wanted, names)
}
