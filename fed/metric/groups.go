package metric

import "sort"

// Group is a named set of classes.
type Group struct {
	Name    string `json:"name"`
	Rule    string `json:"rule"`
	Classes []int  `json:"classes"`
}

// Thresholds of the field (Liu et al., CVPR 2019): many-shot classes have more than 100 training images, few-shot
// classes 20 or fewer.
const (
	ManyAbove = 100
	FewUpTo   = 20
)

// ByThresholds sorts the classes into many, medium and few by their number of training images (the long-tailed counts
// over all clients). All three groups are always present; one may be empty.
func ByThresholds(train []int) []Group {
	groups := []Group{
		{Name: "many", Rule: "more than 100 training images", Classes: []int{}},
		{Name: "medium", Rule: "21 to 100 training images", Classes: []int{}},
		{Name: "few", Rule: "20 or fewer training images", Classes: []int{}},
	}
	for c, n := range train {
		switch {
		case n > ManyAbove:
			groups[0].Classes = append(groups[0].Classes, c)
		case n > FewUpTo:
			groups[1].Classes = append(groups[1].Classes, c)
		default:
			groups[2].Classes = append(groups[2].Classes, c)
		}
	}
	return groups
}

// ByThirds sorts the classes into three groups of nearly equal size by rank of their training counts (ties by index).
func ByThirds(train []int) []Group {
	order := make([]int, len(train))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return train[order[i]] > train[order[j]] })
	cut := func(part int) int { return (part*len(order) + 1) / 3 }
	groups := make([]Group, 3)
	for i, name := range []string{"head third", "middle third", "tail third"} {
		classes := append([]int{}, order[cut(i):cut(i+1)]...)
		sort.Ints(classes)
		groups[i] = Group{Name: name, Rule: "by rank of training images", Classes: classes}
	}
	return groups
}

// Groups returns the groups that a report shows: many, medium and few, and, when one of them is empty, also the thirds.
func Groups(train []int) []Group {
	groups := ByThresholds(train)
	for _, g := range groups {
		if len(g.Classes) == 0 {
			return append(groups, ByThirds(train)...)
		}
	}
	return groups
}
