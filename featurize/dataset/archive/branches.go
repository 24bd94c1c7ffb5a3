package archive

import (
	"path"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
)

// branch is a folder of archives that holds images. Inner archives count as folders.
type branch struct {
	split  dataset.Split
	shard  int // where it was met first; the top of every archive is a branch of its own
	path   []string
	client string // whose the images are, if the folders above tell
	images int
	lost   string // why its images are left out, in the plural
}

// ofClasses deals with archives that have their images at the top: each is a class, unless their names are those of
// splits.
func ofClasses(branches []branch, shards []shard) bool {
	splits := 0
	for _, br := range branches {
		if br.path != nil {
			return false
		}
		if dataset.SplitIn(path.Base(shards[br.shard].Name)) != dataset.Whole {
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

// sortOut finds the splits and classes in the paths of folders: what all have in common is dropped, then what all of a
// split's archives have in common and others have not, then a split's word, then again what all have in common. The
// class is what then comes first.
func sortOut(branches []branch) {
	bySplit := map[dataset.Split][]*branch{}
	var all []*branch
	for i := range branches {
		br := &branches[i]
		bySplit[br.split] = append(bySplit[br.split], br)
		all = append(all, br)
	}
	common := strip(all)
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test, dataset.Whole} {
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
			if found := dataset.SplitOf(folder); found != dataset.Whole {
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

// beginElsewhere tells whether a path of another split begins with the folder. Then it may be the only class of a
// split.
func beginElsewhere(bySplit map[dataset.Split][]*branch, split dataset.Split, folder string) bool {
	for other, some := range bySplit {
		if other != split &&
			slices.ContainsFunc(some, func(br *branch) bool { return len(br.path) > 0 && br.path[0] == folder }) {
			return true
		}
	}
	return false
}

// strip drops the folders that the paths of all branches begin with and returns them. A lone path keeps its last
// folder, the class.
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

// splitFolders takes the first folders for splits, if all are, or if there is one to train on beside another. A lone
// word may be a class.
func splitFolders(branches []*branch) {
	seen, others := map[dataset.Split]bool{}, false
	for _, br := range branches {
		if len(br.path) > 0 {
			split := dataset.SplitOf(br.path[0])
			seen[split], others = true, others || split == dataset.Whole
		}
	}
	if others && !(seen[dataset.Train] && (seen[dataset.Val] || seen[dataset.Test])) {
		return
	}
	for _, br := range branches {
		if len(br.path) == 0 {
			continue
		}
		if split := dataset.SplitOf(br.path[0]); split != dataset.Whole {
			br.split, br.path = split, br.path[1:]
		} else {
			br.path, br.lost = nil, "images in no folder of a split"
		}
	}
}
