package archive

import (
	"path"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

// staging holds the images of archives until all are known: only then do folders say which classes there are, and only
// then does it show which members a later one replaces. The label of an item is the number of its group. Its memory is
// that of a list.
type staging struct{ dataset.List }

// group is where images of a kind go once all are known. Those with a reason are left out.
type group struct {
	split  dataset.Split
	label  int
	client string
	reason string
}

func (s *staging) add(m member, name string, group int32) error {
	return s.List.Add(dataset.Item{Name: name, Label: group, Place: m.at})
}

// release adds the images to a set, by groups, except those that a later member of the same name replaces, as it would
// if the archive were extracted, and, of a tree, except masks.
func (s *staging) release(b *dataset.Builder, groups []group, tree bool) error {
	replaced, err := s.replaced()
	if err != nil {
		return err
	}
	var masks map[int]bool
	if tree {
		if masks, err = s.masks(); err != nil {
			return err
		}
	}
	for i := range s.Len() {
		it, err := s.At(i)
		if err != nil {
			return err
		}
		switch g := groups[it.Label]; {
		case replaced[i]:
			b.Skip("members that a later one of the same name replaces", it.Name)
		case masks[i]:
			b.Skip(disk.Masks, it.Name)
		case g.reason != "":
			b.Skip(g.reason, it.Name)
		default:
			b.Whose(g.client)
			if err := b.Add(g.split, it.Name, g.label, it.Place); err != nil {
				return err
			}
		}
	}
	return nil
}

// replaced finds the images whose names occur again later.
func (s *staging) replaced() (map[int]bool, error) {
	replaced, first := map[int]bool{}, map[string]int{}
	for _, i := range s.Alike() {
		it, err := s.At(i)
		if err != nil {
			return nil, err
		}
		if earlier, there := first[it.Name]; there {
			replaced[earlier] = true
		}
		first[it.Name] = i
	}
	return replaced, nil
}

// masks finds the images that lie beside those that they are masks of: x_mask.png beside x.png.
func (s *staging) masks() (map[int]bool, error) {
	of := map[string][]int{} // masks by the stem of their image
	for i := range s.Len() {
		it, err := s.At(i)
		if err != nil {
			return nil, err
		}
		if stem := disk.MaskOf(it.Name); stem != "" {
			of[stem] = append(of[stem], i)
		}
	}
	masks := map[int]bool{}
	for i := 0; len(of) > 0 && i < s.Len(); i++ {
		it, err := s.At(i)
		if err != nil {
			return nil, err
		}
		for _, m := range of[strings.TrimSuffix(it.Name, path.Ext(it.Name))] {
			masks[m] = true
		}
	}
	return masks, nil
}
