package archive

import (
	"path"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/level"
)

// folders are those of branches that hold images, as package level looks at them; "" is the top.
type folders map[string]level.Folder

func (f folders) add(path []string, images int) {
	for n := range path {
		dir := strings.Join(path[:n], "/")
		in := f[dir]
		if !slices.Contains(in.Folders, path[n]) {
			in.Folders = append(in.Folders, path[n])
			slices.Sort(in.Folders)
		}
		f[dir] = in
	}
	dir := strings.Join(path, "/")
	in := f[dir]
	in.Images += images
	f[dir] = in
}

func (f folders) look(dir string) (level.Folder, error) { return f[dir], nil }

// findLevel makes the classes of branches what their paths are, where folders of the first level only group those.
func findLevel(b *dataset.Builder, branches []branch) error {
	withoutMasks(branches)
	all, train := folders{}, folders{}
	for _, br := range branches {
		if br.lost != "" {
			continue
		}
		all.add(br.path, br.images)
		if br.split == dataset.Train {
			train.add(br.path, br.images)
		}
	}
	aside := &dataset.Remarks{} // what is left out is counted when images are added
	f := level.Finder{Remarks: aside, Root: b.Root, Option: b.Options.ClassLevel, Look: all.look}
	if len(train) > 0 {
		f.Train = train.look
	}
	places, err := f.Classes(all[""].Folders)
	if err != nil {
		return err
	}
	b.Notes = append(b.Notes, aside.Notes...)
	classes := map[string]level.Place{}
	for _, p := range places {
		classes[p.Dir] = p
	}
	for i := range branches {
		br := &branches[i]
		if br.lost != "" {
			continue
		}
		var at level.Place
		for n := len(br.path); n > 0 && at.Class == ""; n-- {
			at = classes[path.Join(br.path[:n]...)]
		}
		br.client = at.Client
		if br.path = []string{at.Class}; at.Class == "" {
			br.lost = "images above the level of the class folders"
		}
	}
	return nil
}

// withoutMasks leaves out the branches below folders of masks that lie beside folders of images.
func withoutMasks(branches []branch) {
	all := folders{}
	for _, br := range branches {
		if br.lost == "" {
			all.add(br.path, br.images)
		}
	}
	for i, br := range branches {
		for n := range br.path {
			if slices.Contains(disk.MaskFolders(all[strings.Join(br.path[:n], "/")].Folders), br.path[n]) {
				branches[i].lost = disk.Masks
			}
		}
	}
}
