package dataset

import (
	"io"
	"path"
	"slices"
	"strings"
)

// branch is a folder of archives that holds images. Inner archives count as folders.
type branch struct {
	split Split
	shard int // where it was met first; the top of every archive is a branch of its own
	path  []string
	lost  string // why its images are left out, in the plural
}

// trees stages the images of archives that hold class folders, archives of classes, or the images of one class each.
func (t *tars) trees(b *Builder, images *staging) ([]group, []string, error) {
	var branches []branch
	type place struct {
		split Split
		shard int
		dir   string
	}
	numbers := map[place]int32{}
	for i, s := range t.shards {
		take := func(m member, dir string) error {
			at := place{s.split, -1, path.Clean(dir)}
			if at.dir == "." {
				at.shard = i
			}
			n, there := numbers[at]
			if !there {
				n = int32(len(branches))
				numbers[at] = n
				branches = append(branches, branch{split: s.split, shard: i})
				if at.dir != "." {
					branches[n].path = strings.Split(at.dir, "/")
				}
			}
			return images.add(m, path.Join(s.label, m.name), n)
		}
		err := t.walk(s, &b.Remarks, func(a archive, m member) error {
			if isTar(m.name) {
				return inner(&b.Remarks, a, m, take)
			}
			return image(&b.Remarks, m, path.Dir(m.name), take)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if !ofClasses(branches, t.shards) {
		sortOut(branches)
	}
	return classesOf(b, branches)
}

// image takes a member of a tree, if it is one.
func image(r *Remarks, m member, dir string, take func(m member, dir string) error) error {
	if isImage(m.name) {
		return take(m, dir)
	}
	r.Skip(notImage(m.name), m.name)
	return nil
}

// inner walks through an archive within an archive, as ImageNet has one for each class.
func inner(r *Remarks, outer archive, m member, take func(m member, dir string) error) error {
	a := archive{
		name: outer.name + ": " + m.name,
		data: io.NewSectionReader(outer.data, m.at.offset-outer.base.offset, m.at.size), // shares no position with the outer reader
		base: m.at,
	}
	if isGzip(a.data) {
		r.Skip("compressed archives within an archive", m.name)
		return nil
	}
	folder := path.Join(path.Dir(m.name), tarStem(m.name))
	return a.walk(r, func(one member) error {
		if isTar(one.name) {
			r.Skip("archives in archives within an archive", m.name+"/"+one.name)
			return nil
		}
		dir := path.Join(folder, path.Dir(one.name))
		one.name = m.name + "/" + one.name
		return image(r, one, dir, take)
	})
}

// ofClasses deals with archives that have their images at the top: each is a class, unless their names are those of splits.
func ofClasses(branches []branch, shards []shard) bool {
	splits := 0
	for _, br := range branches {
		if br.path != nil {
			return false
		}
		if splitIn(path.Base(shards[br.shard].name)) != Whole {
			splits++
		}
	}
	if len(branches) < 2 || splits > 1 {
		return false
	}
	for i := range branches {
		branches[i].path = []string{tarStem(shards[branches[i].shard].path)}
	}
	return true
}

// sortOut finds the splits and classes in the paths of folders: what all have in common is dropped, then what all of a split's archives
// have in common and others have not, then a split's word, then again what all have in common. The class is what then comes first.
func sortOut(branches []branch) {
	bySplit := map[Split][]*branch{}
	var all []*branch
	for i := range branches {
		br := &branches[i]
		bySplit[br.split] = append(bySplit[br.split], br)
		all = append(all, br)
	}
	common := strip(all)
	for _, split := range []Split{Train, Val, Test, Whole} {
		some := bySplit[split]
		var own []string
		for folder := top(some); folder != "" && !beginElsewhere(bySplit, split, folder); folder = top(some) {
			own = append(own, folder)
			for _, br := range some {
				br.path = br.path[min(1, len(br.path)):]
			}
		}
		if len(bySplit) == 1 {
			own = common
		}
		for _, folder := range own {
			if found := splitOf(folder); found != Whole {
				for _, br := range some {
					br.split = found
				}
			}
		}
		splitFolders(some)
	}
	strip(all)
	for _, br := range all {
		if br.lost == "" && len(br.path) == 0 {
			br.lost = "images in no class folder"
		}
	}
}

// top is the folder that all paths begin with and go on from, or "".
func top(branches []*branch) (folder string) {
	for _, br := range branches {
		switch {
		case len(br.path) == 0:
		case len(br.path) == 1 || folder != "" && br.path[0] != folder:
			return ""
		default:
			folder = br.path[0]
		}
	}
	return folder
}

// beginElsewhere tells whether a path of another split begins with the folder. Then it may be the only class of a split.
func beginElsewhere(bySplit map[Split][]*branch, split Split, folder string) bool {
	for other, some := range bySplit {
		if other != split && slices.ContainsFunc(some, func(br *branch) bool { return len(br.path) > 0 && br.path[0] == folder }) {
			return true
		}
	}
	return false
}

// strip drops the folders that the paths of all branches begin with and returns them. A lone path keeps its last folder, the class.
func strip(branches []*branch) (common []string) {
	lone, first := true, true
	for _, br := range branches {
		switch {
		case len(br.path) == 0:
		case first:
			common, first = br.path, false
		default:
			lone = lone && slices.Equal(common, br.path)
			n := 0
			for n < min(len(common), len(br.path)) && common[n] == br.path[n] {
				n++
			}
			common = common[:n]
		}
	}
	if lone && len(common) > 0 {
		common = common[:len(common)-1]
	}
	for _, br := range branches {
		if len(br.path) > 0 {
			br.path = br.path[len(common):]
		}
	}
	return common
}

// splitFolders takes the first folders for splits, if all are, or if there is one to train on beside another. A lone word may be a class.
func splitFolders(branches []*branch) {
	seen, others := map[Split]bool{}, false
	for _, br := range branches {
		if len(br.path) > 0 {
			split := splitOf(br.path[0])
			seen[split], others = true, others || split == Whole
		}
	}
	if others && !(seen[Train] && (seen[Val] || seen[Test])) {
		return
	}
	for _, br := range branches {
		if len(br.path) == 0 {
			continue
		}
		if split := splitOf(br.path[0]); split != Whole {
			br.split, br.path = split, br.path[1:]
		} else {
			br.path, br.lost = nil, "images in no folder of a split"
		}
	}
}
