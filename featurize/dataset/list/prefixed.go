package list

import (
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
)

// prefixed finds the lists of the splits of one set among files by how they begin: iNaturalist18_train.txt and
// iNaturalist18_val.txt. It returns them by the splits' words; or, if there are several sets, their names.
func prefixed(byStem map[string][]string) (lists map[string][]string, several string) {
	sets := map[string]map[string][]string{}
	for stem, files := range byStem {
		cut := strings.LastIndexAny(stem, "_-. ")
		if cut < 1 || dataset.SplitOf(stem[cut+1:]) == dataset.Whole {
			continue
		}
		if sets[stem[:cut]] == nil {
			sets[stem[:cut]] = map[string][]string{}
		}
		sets[stem[:cut]][stem[cut+1:]] = files
	}
	maps.DeleteFunc(sets, func(_ string, lists map[string][]string) bool {
		return len(lists) < 2 || lists["train"] == nil && lists["training"] == nil
	})
	names := slices.Sorted(maps.Keys(sets))
	if len(names) > 1 {
		return nil, strings.Join(names, ", ")
	} else if len(names) == 0 {
		return nil, ""
	}
	return sets[names[0]], ""
}
