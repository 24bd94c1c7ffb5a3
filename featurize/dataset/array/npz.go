package array

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

// NPZ are NumPy's arrays, in one archive or in files.
var NPZ = dataset.Format{
	Name: "npz",
	Doc: "NumPy arrays train_images, train_labels, test_images, test_labels (or x_train, y_train, …), " +
		"in one .npz as MedMNIST's or in .npy files of a folder",
	Is:     isNPZ,
	Open:   openNPZ,
	Inside: true,
}

// npzKeys are the names of arrays of images and labels, with the split for %. Case does not matter.
var npzKeys = [][2]string{{"%_images", "%_labels"}, {"x_%", "y_%"}, {"%_x", "%_y"}, {"images", "labels"}, {"x", "y"}}

// npzPair are the images and the labels of a split. One of them may be missing.
type npzPair struct {
	split          dataset.Split
	images, labels string // keys
}

// pairs finds the arrays of each split among members.
func pairs(members map[string]npyMember) (found []npzPair) {
	for _, word := range []string{"train", "training", "val", "valid", "validation", "test", "testing", ""} {
		for _, k := range npzKeys {
			if (word == "") != !strings.Contains(k[0], "%") {
				continue
			}
			p := npzPair{
				dataset.SplitOf(word), strings.Replace(k[0], "%", word, 1), strings.Replace(k[1], "%", word, 1),
			}
			_, images := members[p.images]
			_, labels := members[p.labels]
			if images || labels {
				found = append(found, p)
			}
		}
	}
	return found
}

// isNPZ: any file that is called .npz, and folders with arrays of images and no tree of class folders.
func isNPZ(root string, _ dataset.Options) bool {
	if !disk.IsFolder(root) {
		return strings.EqualFold(filepath.Ext(root), ".npz")
	}
	if disk.FirstFolder(root, "train", "training") != "" {
		return false
	}
	// beside which there may be embeddings, whose arrays have the same names
	tree := disk.Holds(root, false, disk.IsImage)
	fits := func(members map[string]npyMember) bool {
		return slices.ContainsFunc(pairs(members),
			func(p npzPair) bool { return !tree || members[p.images].ofImages() })
	}
	files, members := npzIn(root)
	return fits(members) || slices.ContainsFunc(files, func(f string) bool {
		members, err := zipMembers(f)
		return err == nil && fits(members)
	})
}

// ofImages tells whether an array can hold images.
func (m npyMember) ofImages() bool {
	s, err := m.open()
	if err != nil {
		return false
	}
	defer s.close()
	_, _, err = s.layout()
	return err == nil
}

// npzIn are the .npz files of a folder, and its .npy files by their names without the end.
func npzIn(folder string) (files []string, members map[string]npyMember) {
	members = map[string]npyMember{}
	entries, _ := os.ReadDir(folder) // what cannot be read holds none
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		if disk.Hidden(name) || !disk.IsFile(folder, e.Name()) {
			continue
		}
		switch file := filepath.Join(folder, e.Name()); path.Ext(name) {
		case ".npz":
			files = append(files, file)
		case ".npy":
			members[strings.TrimSuffix(name, ".npy")] = npyMember{what: file, path: file}
		}
	}
	return files, members
}

// openNPZ lists arrays of images, whose rows are read in place unless they are compressed.
func openNPZ(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("npz"); err != nil {
		return nil, err
	}
	folder, files := filepath.Dir(root), []string{root}
	var members map[string]npyMember
	if disk.IsFolder(root) {
		folder = root
		files, members = npzIn(root)
	}
	found := pairs(members)
	switch {
	case len(found) == 0 && len(files) == 0:
		return nil, fault.Missingf("dataset: %s holds no .npz file and no train_images.npy or its like", root)
	case len(found) == 0 && len(files) > 1:
		return nil,
			fault.Usagef("dataset: %s holds %d files of arrays; pass one, such as %s", root, len(files), files[0])
	case len(found) == 0:
		var err error
		if members, err = zipMembers(files[0]); err != nil {
			return nil, err
		}
		if found = pairs(members); len(found) == 0 {
			return nil, fault.Corruptf("dataset: %s holds no train_images and train_labels (or x_train and y_train), "+
				"but %s", files[0], some(members))
		}
	}
	b := dataset.NewBuilder(root, "npz", o)
	return list(b, func(a *arrays) ([]string, error) {
		for i, p := range found {
			if i > 0 && found[i-1].split == p.split {
				return nil, fault.Usagef("dataset: %s holds both %s and %s; only one can be the images of a split",
					root, found[i-1].images, p.images)
			}
			if members[p.images].what == "" || members[p.labels].what == "" {
				return nil, fault.Missingf("dataset: %s has only one of the arrays %s and %s", root, p.images, p.labels)
			}
			if err := a.npz(b, p.split, members[p.images], members[p.labels]); err != nil {
				return nil, err
			}
		}
		given, err := names.Beside(folder)
		if err == nil {
			err = a.settle(b, given)
		}
		if err != nil {
			return nil, err
		} else if given.Names != nil {
			return a.numbers.Classes(&b.Remarks), nil
		}
		classes := a.called("class %d")
		b.Note("the %d classes have no names, which prompts need; give them in %s, one a line",
			len(classes), filepath.Join(folder, names.File))
		return classes, nil
	})
}

// some lists a few members, for messages.
func some(members map[string]npyMember) string {
	var names []string
	for n := range members {
		names = append(names, n)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names[:min(len(names), 10)], ", ")
}
