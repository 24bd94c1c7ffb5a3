package published

import (
	"math"

	"github.com/fedpurel/fedpurel/train/fault"
)

// numberedClasses collects the classes of a set whose lists give an image both a number from 1 and a name that shows
// its class, and checks that the two agree.
type numberedClasses struct {
	number map[string]int
	class  map[int]string
	first  map[int]string // an image of each number
}

// meet notes the number and the class of an image, and returns the label.
func (n *numberedClasses) meet(image, class string, number float64) (label int, err error) {
	if number != math.Trunc(number) || number < 1 || number > math.MaxInt32 {
		return 0, fault.Corruptf("image %s has class number %v; they count from 1", image, number)
	}
	if n.number == nil {
		n.number, n.class, n.first = map[string]int{}, map[int]string{}, map[int]string{}
	}
	id := int(number)
	earlier, known := n.number[class]
	if known && earlier != id {
		return 0, fault.Corruptf("image %s of class %q has class number %d, but that class had %d before",
			image, class, id, earlier)
	}
	if other, taken := n.class[id]; taken && other != class {
		return 0,
			fault.Corruptf("image %s of class %q has class number %d, but that was %q before", image, class, id, other)
	}
	if !known {
		n.number[class], n.class[id], n.first[id] = id, class, image
	}
	return id - 1, nil
}

// classes are the classes by label. Numbers have no gaps.
func (n *numberedClasses) classes(root string) ([]string, error) {
	classes := make([]string, len(n.class))
	for id, class := range n.class {
		if id > len(classes) {
			return nil, fault.Corruptf("dataset: %s: image %s has class number %d, "+
				"but the lists know %d classes (1 to %d)", root, n.first[id], id, len(classes), len(classes))
		}
		classes[id-1] = class
	}
	return classes, nil
}
