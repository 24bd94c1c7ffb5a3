package list

import (
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Numbered are a published set's lists with lines "path label".
type Numbered struct {
	Format, Doc, Templates string
	Folders                []string // in which the lists may lie
	Lists                  []NumberedList
	Roots                  []string // the folders, from the lists', in which images may lie
	Class                  func(path string) string
	Names                  func(folders ...string) (names.Of, error) // given those in which a file of names may lie
}

// NumberedList is one of them; of the files it takes the first that exists.
type NumberedList struct {
	Split dataset.Split
	Files []string
	Below []string // the folders, from the root, in which its images may lie
}

// Row is the set's row in the table of formats.
func (n Numbered) Row() dataset.Format {
	return dataset.Format{
		Name: n.Format,
		Doc:  n.Doc,
		Is:   func(root string, _ dataset.Options) bool { return n.folder(root) != "" },
		Open: n.open,
	}
}

// folder is where the lists lie, or "".
func (n Numbered) folder(root string) string {
	for _, f := range n.Folders {
		if at := filepath.Join(root, f); disk.IsFolder(at) && disk.FirstFile(at, n.Lists[0].Files...) != "" {
			return at
		}
	}
	return ""
}

// open lists the set, in two passes. Labels are the lists' own: those of Places-LT are not the positions of the sorted
// folders. So a class has the name of the folder in which the lists have its images.
func (n Numbered) open(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only(n.Format, "images"); err != nil {
		return nil, err
	}
	folder := n.folder(root)
	if folder == "" {
		return nil, fault.Missingf("dataset: %s holds no %s", root, n.Lists[0].Files[0])
	}
	if !slices.ContainsFunc(n.Lists[1:],
		func(l NumberedList) bool { return disk.FirstFile(folder, l.Files...) != "" }) {
		return nil, fault.Missingf("dataset: %s holds %s, but nothing to test on, such as %s",
			folder, disk.FirstFile(folder, n.Lists[0].Files...), n.Lists[len(n.Lists)-1].Files[0])
	}
	known, err := n.learn(folder)
	if err != nil {
		return nil, err
	}
	name, err := n.Names(folder, root)
	if err != nil {
		return nil, err
	}
	images, err := imagesAt(folder, o)
	if err != nil {
		return nil, err
	}
	finders := make([]finder, len(n.Lists))
	settle := func(at read.Files) (held int) {
		for i := range finders {
			finders[i] = finder{Files: at}
			held += finders[i].settle(n.Lists[i].Below, known.samples[i])
		}
		return held
	}
	if own := images.Root; o.Images == "" {
		best := -1
		for _, r := range n.Roots {
			if held := settle(read.Files{Root: filepath.Join(own, r)}); held > best {
				images.Root, best = filepath.Join(own, r), held
			}
		}
	}
	settle(images)
	b := dataset.NewBuilder(root, n.Format, o)
	b.Templates = n.Templates
	err = n.each(folder, func(i int, _ *reader, r *row, label int) error {
		name, there := finders[i].find(r.path)
		return b.AddFile(n.Lists[i].Split, name, label, there)
	})
	if err != nil {
		return nil, err
	}
	return b.Finish(names.Fill(&b.Remarks, known.count, func(i int) string { return name(i, known.classes[i]) }),
		images)
}
