package published

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/read"
	"github.com/fedpurel/fedpurel/featurize/dataset/names"
	"github.com/fedpurel/fedpurel/featurize/dataset/tree"
	"github.com/fedpurel/fedpurel/train/fault"
)

// TinyImageNet is Tiny-ImageNet.
var TinyImageNet = dataset.Format{
	Name: "tiny-imagenet",
	Doc:  "tiny-imagenet-200: wnids.txt, words.txt, train/<wnid>/images/…, val/images/… with val/val_annotations.txt",
	Is: func(root string, _ dataset.Options) bool {
		return disk.IsFile(root, "wnids.txt") && disk.IsFolder(root, "train")
	},
	Open: openTinyImagenet,
}

// openTinyImagenet lists the set. Labels are positions in the sorted list of WordNet ids, as for a tree of class
// folders; wnids.txt itself is in no order. The test images have no labels.
func openTinyImagenet(root string, o dataset.Options) (*dataset.Set, error) {
	if err := o.Only("tiny-imagenet"); err != nil {
		return nil, err
	}
	text, err := disk.ReadText(filepath.Join(root, "wnids.txt"))
	if err != nil {
		return nil, err
	}
	wnids := strings.Fields(text)
	slices.Sort(wnids)
	for i, w := range wnids {
		if !names.IsWordNet(w) || i > 0 && w == wnids[i-1] {
			return nil, fault.Corruptf("dataset: %s: wnids.txt holds %q, which is no WordNet id or stands there twice",
				root, disk.Clipped(w))
		}
	}
	b := dataset.NewBuilder(root, "tiny-imagenet", o)
	b.Name, b.Templates = "tiny-imagenet", "plain"
	t := tree.Tree{Root: root, Remarks: &b.Remarks}
	folders, err := t.Folders("train")
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if !slices.Contains(wnids, f) {
			return nil, fault.Corruptf("dataset: %s: wnids.txt does not name the folder train/%s", root, f)
		}
	}
	rearranged := len(wnids) > 0 && disk.IsFolder(root, "val", wnids[0]) // val/<wnid>/…, as many make it
	for label, w := range wnids {
		if err := addTiny(b, t, dataset.Train, "train/"+w, label); err != nil {
			return nil, err
		}
		if rearranged {
			if err := addTiny(b, t, dataset.Val, "val/"+w, label); err != nil {
				return nil, err
			}
		}
	}
	if !rearranged {
		if err := addTinyVal(b, wnids); err != nil {
			return nil, err
		}
	}
	if disk.IsFolder(root, "test/images") {
		if err := t.Add(b, dataset.Test, "test/images", -1); err != nil {
			return nil, err
		}
	}
	names, err := tinyNames(root, wnids)
	if err != nil {
		return nil, err
	}
	return b.Finish(names, read.Files{Root: root})
}

// addTiny adds the images of a class folder, which lie in its folder images.
func addTiny(b *dataset.Builder, t tree.Tree, split dataset.Split, folder string, label int) error {
	if inner := folder + "/images"; disk.IsFolder(b.Root, inner) {
		folder = inner
	}
	before := b.Len()
	if err := t.Add(b, split, folder, label); err != nil {
		return err
	}
	if b.Len() == before {
		return fault.Missingf("dataset: folder %s of %s holds no image", folder, b.Root)
	}
	return nil
}

// addTinyVal adds the validation images: lines of file, WordNet id and a box, with tabs.
func addTinyVal(b *dataset.Builder, wnids []string) error {
	file := filepath.Join(b.Root, "val", "val_annotations.txt")
	all, err := disk.ReadText(file) // some 300 kB
	if err != nil {
		return err
	}
	images, line := read.Files{Root: b.Root}, 0
	for text := range strings.Lines(all) {
		line++
		cells := strings.Split(strings.TrimRight(text, "\r\n"), "\t")
		if len(cells) == 1 && strings.TrimSpace(cells[0]) == "" {
			continue
		}
		if len(cells) < 2 || cells[0] == "" || path.Base(cells[0]) != cells[0] {
			return fault.Corruptf("dataset: %s line %d: %q is no file, id and box with tabs",
				file, line, disk.Clipped(text))
		}
		label, known := slices.BinarySearch(wnids, cells[1])
		if !known {
			return fault.Corruptf("dataset: %s line %d: wnids.txt does not name %q", file, line, disk.Clipped(cells[1]))
		}
		name := "val/images/" + cells[0]
		if err := b.AddFile(dataset.Val, name, label, images.There(name)); err != nil {
			return err
		}
	}
	return nil
}

// tinyNames are the classes' first names in words.txt, or else the published ones.
func tinyNames(root string, wnids []string) ([]string, error) {
	words := names.ImageNet()
	if file := filepath.Join(root, "words.txt"); disk.IsFile(file) {
		var err error
		if words, err = names.Keyed(file, "\t"); err != nil {
			return nil, err
		}
	}
	classes := make([]string, len(wnids))
	for i, w := range wnids {
		first, _, _ := strings.Cut(words[w], ",")
		if classes[i] = names.Human(first); classes[i] == "" {
			classes[i] = w
		}
	}
	return classes, nil
}
