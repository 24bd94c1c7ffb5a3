package tree_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/settest"
	"github.com/fedpurel/fedpurel/train/fault"
)

// sites is a tree of the folders site/class, with two images in each, or with a single one: "Bern/dog one".
func sites(t *testing.T, folders ...string) string {
	var files []string
	for _, f := range folders {
		f, one := strings.CutSuffix(f, " one")
		if files = append(files, f+"/1.jpg"); !one {
			files = append(files, f+"/2.jpg")
		}
	}
	return settest.Tree(t, files...)
}

// The folders above the classes are the images' clients, under their own names, where they are sites, users or domains.
func TestSites(t *testing.T) {
	for name, c := range map[string]struct {
		root, classes, clients, note string
		level                        int
	}{
		"equal": {
			sites(t, "New York/cat", "New York/dog", "New York/fox", "Zürich/cat", "Zürich/dog", "Zürich/fox"),
			"cat|dog|fox", "New York 6|Zürich 6", "and they the clients; --class-level 1 takes the 2", 0,
		},
		"some classes each": {
			sites(t, "New York/cat", "New York/dog", "New York/fox", "Zürich/dog", "Zürich/fox", "site-3/cat",
				"site-3/dog"), "cat|dog|fox", "New York 6|Zürich 4|site-3 4", "hold many of the same folders", 0,
		},
		"one image": {
			sites(t, "A-town/cat", "A-town/dog", "B-town/cat", "B-town/dog", "C-town/dog one"),
			"cat|dog", "A-town 4|B-town 4|C-town 1", "", 2,
		},
		"called sites": {
			sites(t, "site-1/cat", "site-1/dog", "site-2/cat", "site-2/dog", "site-3/dog one"),
			"cat|dog", "site-1 4|site-2 4|site-3 1", "are clients or domains", 0,
		},
		"one called a site": {
			sites(t, "Bern/cat", "Bern/dog", "Ulm/cat", "Ulm/dog", "site-3/cat", "site-3/dog"),
			"cat|dog", "Bern 4|Ulm 4|site-3 4", "and they the clients", 0,
		},
		"domains": {sites(t, "Art/cat", "Art/dog", "Clipart/cat", "Clipart/dog"), "cat|dog", "Art 4|Clipart 4", "", 0},
		"no common class": {
			sites(t, "site_1/cat", "site_2/dog"), "cat|dog", "site_1 2|site_2 2",
			"no two of them have a class in common", 0,
		},
		"splits above": {
			sites(t, "train/Bern/cat", "train/Bern/dog", "train/Ulm/cat", "train/Ulm/dog", "test/Bern/cat"),
			"cat|dog", "Bern 6|Ulm 4", "", 0,
		},
		"common test images": {
			sites(t, "train/Bern/cat", "train/Bern/dog", "train/Ulm/cat", "train/Ulm/dog", "test/cat", "test/dog"),
			"cat|dog", " 4|Bern 4|Ulm 4", "", 0,
		},
		"asked for": {
			sites(t, "Bern/cat", "Bern/dog", "Ulm/cat", "Ulm/dog", "Wien/cat", "Wien/dog"),
			"cat|dog", "Bern 4|Ulm 4|Wien 4", "are taken for clients", 2,
		},
		"folds": {
			sites(t, "fold_1/cat", "fold_1/dog", "fold_2/cat", "fold_2/dog"), "cat|dog", " 8", "", 0,
		},
		"folds, asked for": {
			sites(t, "fold_1/cat", "fold_1/dog", "fold_2/cat", "fold_2/dog"), "cat|dog", " 8", "", 2,
		},
		"sites within folds": {
			grid(t, "fold_1/Bern fold_1/Ulm fold_2/Bern", "cat dog"), "cat|dog", "Bern 8|Ulm 4", "", 0,
		},
		"first level asked for": {
			sites(t, "Bern/cat", "Bern/dog", "Ulm/cat", "Ulm/dog"), "Bern|Ulm", " 8", "", 1,
		},
		"groups": {sites(t, "Aves/1", "Aves/2", "Plantae/3", "Plantae/4"), "1|2|3|4", " 8", "", 0},
		"groups, asked for": {
			sites(t, "fish/ray", "fish/eel", "trees/oak", "trees/fir"), "eel|fir|oak|ray", " 8", "", 2,
		},
		"letters": {sites(t, "a/abbey", "a/alley", "b/bar", "b/barn"), "abbey|alley|bar|barn", " 8", "", 0},
		"classes": {sites(t, "cat", "dog"), "cat|dog", " 4", "", 0},
	} {
		s := settest.OpenAs(t, "folder", c.root, func(o *dataset.Options) { o.ClassLevel = c.level })
		if got := strings.Join(s.Classes(), "|"); got != c.classes {
			t.Errorf("%s: classes %s", name, got)
		}
		if got := strings.Join(settest.Clients(t, s), "|"); got != c.clients {
			t.Errorf("%s: clients %s", name, got)
		}
		settest.Noted(t, s, c.note)
	}
}

// Where the folders of a level have little or nothing in common, both readings stay open.
func TestNoSites(t *testing.T) {
	for name, root := range map[string]string{
		"no common class": sites(t, "Bern/cat", "Bern/dog", "Ulm/fox", "Ulm/owl"),
		"one without any": sites(t, "Bern/cat", "Bern/dog", "Ulm/cat", "Ulm/dog", "Wien/elk", "Wien/owl"),
		"kinds with one alike": sites(t, "apple/healthy", "apple/scab", "grape/healthy", "grape/rot", "fig/healthy",
			"fig/rust"),
		"one class in common":   sites(t, "Bern/cat", "Bern/dog", "Ulm/dog", "Ulm/owl"),
		"more than the classes": sites(t, "Bern/cat", "Bern/dog", "Ulm/cat", "Ulm/dog", "Wien/cat", "Wien/dog"),
	} {
		settest.Fails(t, name, root, dataset.DefaultOptions(), fault.Usage, "--class-level 1", "--class-level 2")
	}
}

// Clients change neither the images nor their order.
func TestSitesKeepOrder(t *testing.T) {
	root := sites(t, "Bern/dog", "Bern/cat", "Ulm/cat", "Ulm/dog")
	s := settest.OpenAs(t, "folder", root, func(o *dataset.Options) { o.TestFraction = 0.5 })
	all := slices.Concat(settest.Names(s, dataset.Train), settest.Names(s, dataset.Test))
	slices.Sort(all)
	settest.Equal(t, "images", all, []string{
		"0 Bern/cat/1.jpg", "0 Bern/cat/2.jpg", "0 Ulm/cat/1.jpg", "0 Ulm/cat/2.jpg",
		"1 Bern/dog/1.jpg", "1 Bern/dog/2.jpg", "1 Ulm/dog/1.jpg", "1 Ulm/dog/2.jpg",
	})
	for i := range s.Len(dataset.Train) {
		if it := settest.Item(t, s, dataset.Train, i); !strings.HasPrefix(it.Name, it.Client+"/") {
			t.Errorf("%s is %s's", it.Name, it.Client)
		}
	}
}
