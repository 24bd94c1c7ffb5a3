package archive

import "github.com/fedpurel/fedpurel/featurize/dataset"

// staging holds the images of archives until all are known: only then do folders say which classes there are, and only
// then does it show which members a later one replaces. The label of an item is the number of its group. Its memory is
// that of a list.
type staging struct{ dataset.List }

// group is where images of a kind go once all are known. Those with a reason are left out.
type group struct {
	split  dataset.Split
	label  int
	reason string
}

func (s *staging) add(m member, name string, group int32) error {
	return s.List.Add(dataset.Item{Name: name, Label: group, Place: m.at})
}

// release adds the images to a set, by groups, except those that a later member of the same name replaces, as it would
// if the archive were extracted.
func (s *staging) release(b *dataset.Builder, groups []group) error {
	replaced, err := s.replaced()
	if err != nil {
		return err
	}
	for i := range s.Len() {
		it, err := s.At(i)
		if err != nil {
			return err
		}
		switch g := groups[it.Label]; {
		case replaced[i]:
			b.Skip("members that a later one of the same name replaces", it.Name)
		case g.reason != "":
			b.Skip(g.reason, it.Name)
		default:
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
