package dataset

import "github.com/fedpurel/fedpurel/train/fault"

// repeats looks for names that occur more than once. With two labels that is an error, else worth a note, across splits
// above all: the model would be tested on what it was trained on.
func repeats(root string, list *List, rows map[Split][]int32, remarks *Remarks) error {
	alike := list.Alike()
	if len(alike) == 0 {
		return nil
	}
	splits := map[int]Split{}
	for _, i := range alike {
		splits[i] = Whole
	}
	for split, some := range rows {
		for _, r := range some {
			if _, asked := splits[int(r)]; asked {
				splits[int(r)] = split
			}
		}
	}
	first := map[string]int{}
	var within, across int
	var inOne, inTwo string // the last ones
	for _, i := range alike {
		it, err := list.At(i)
		if err != nil {
			return err
		}
		earlier, there := first[it.Name]
		switch {
		case !there:
			first[it.Name] = i
		case list.Label(earlier) != it.Label:
			return fault.Corruptf("dataset: %s: image %s has label %d in one place and %d in another",
				root, it.Name, list.Label(earlier), it.Label)
		case splits[earlier] != splits[i]:
			across, inTwo = across+1, it.Name
		default:
			within, inOne = within+1, it.Name
		}
	}
	if across > 0 {
		remarks.Note("%d images are listed in more than one split, such as %s: tests would run on training images",
			across, inTwo)
	}
	if within > 0 {
		remarks.Note("%d images are listed more than once in a split, such as %s", within, inOne)
	}
	return nil
}
