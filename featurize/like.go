package featurize

import (
	"fmt"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Like is a data set with the class list of an identity: labels are found by name, whatever their spelling differs in.
// A class that the identity lacks is an error; of which of its classes the set has no images, the notice says, which is
// empty if there are some of each.
func Like(set dataset.Source, id *cache.Identity) (_ dataset.Source, notice string, err error) {
	classes := id.Manifest.Classes
	labels, err := places(set.Classes(), classes)
	if err != nil {
		return nil, "", err
	}
	r := relabelled{set, classes, labels}
	has := make([]bool, len(classes))
	for _, split := range splits {
		for i := range set.Len(split) {
			it, err := r.At(split, i)
			if err != nil {
				return nil, "", err
			}
			has[it.Label] = true
		}
	}
	var without []string
	for c, some := range has {
		if !some {
			without = append(without, classes[c])
		}
	}
	if n := len(without); n > 0 {
		const most = 5
		named := strings.Join(without[:min(n, most)], ", ")
		if n > most {
			named += ", …"
		}
		notice = fmt.Sprintf("there are no images of %d of %d classes: %s", n, len(classes), named)
	}
	return r, notice, nil
}

// places are the numbers of names in a list of classes.
func places(names, classes []string) (labels []int32, err error) {
	if same(names, classes) { // also where names repeat
		for c := range classes {
			labels = append(labels, int32(c))
		}
		return labels, nil
	}
	at := map[string]int{}
	for c, name := range classes {
		if _, twice := at[folded(name)]; twice {
			c = -1
		}
		at[folded(name)] = c
	}
	taken := map[int]string{}
	for _, name := range names {
		c, known := at[folded(name)]
		switch {
		case !known:
			return nil, fault.Usagef("featurize: the identity has no class %q, as the data set has;%s "+
				"rename it, or leave its images out", name, fault.DidYouMean(name, classes))
		case c < 0:
			return nil, fault.Usagef("featurize: several classes of the identity are called %q", name)
		case taken[c] != "":
			return nil, fault.Usagef("featurize: two classes of the data set, %q and %q, are one of the identity",
				taken[c], name)
		}
		taken[c] = name
		labels = append(labels, int32(c))
	}
	return labels, nil
}

// relabelled is a data set with other classes and labels.
type relabelled struct {
	dataset.Source
	classes []string
	labels  []int32 // by the set's own
}

func (r relabelled) Classes() []string { return r.classes }

func (r relabelled) At(split dataset.Split, i int) (dataset.Item, error) {
	it, err := r.Source.At(split, i)
	if err == nil {
		it.Label = r.labels[it.Label]
	}
	return it, err
}
