package dataset

import (
	"math"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/seed"
)

// settle decides which images train and which test, and refuses sets that cannot be learned from.
func (s *Set) settle(o Options) error {
	some := len(s.rows[Train])+len(s.rows[Val])+len(s.rows[Test]) > 0
	switch n := len(s.rows[Whole]); {
	case n > 0 && some && !o.Resplit:
		return fault.Corruptf("dataset: %s: %d images have no split, but the others have one; "+
			"complete the splits, or divide all images with --resplit", s.root, n)
	case o.Resplit && o.Val != "":
		return fault.Usagef("dataset: --val %s means nothing with --resplit, which divides all images anew; "+
			"leave one of them out", o.Val)
	case o.Resplit, n > 0:
		s.divide(o)
		if len(s.rows[Train]) > 0 && len(s.rows[Test]) == 0 && len(s.classes) > 1 {
			return fault.Missingf("dataset: %s (%s) has a single image of each class, so that none can be held out "+
				"for testing; add images, or lay a site's folder beside other sites' and read them together",
				s.root, s.about.Format)
		}
		if o.Val != "" {
			s.Note("--val %s changes nothing, since the set has no splits", o.Val)
		}
	default:
		if err := s.placeVal(o.Val); err != nil {
			return err
		}
	}
	delete(s.rows, Val)
	if len(s.classes) < 2 {
		return fault.Usagef("dataset: %s holds %d classes %q; a classifier needs two or more",
			s.root, len(s.classes), s.classes)
	}
	if len(s.rows[Train]) == 0 || len(s.rows[Test]) == 0 {
		return fault.Missingf("dataset: %s (%s) has %d training and %d test images; "+
			"both are needed (--resplit divides what there is)",
			s.root, s.about.Format, len(s.rows[Train]), len(s.rows[Test]))
	}
	s.unlearned()
	return nil
}

// unlearned notes classes that are tested and not trained on: splits that name or number their classes differently show
// so.
func (s *Set) unlearned() {
	trained, only := make([]bool, len(s.classes)), map[int32]bool{}
	for _, row := range s.rows[Train] {
		trained[s.list.Label(int(row))] = true
	}
	first := ""
	for _, row := range s.rows[Test] {
		if label := s.list.Label(int(row)); !trained[label] && !only[label] {
			if only[label] = true; len(only) == 1 {
				first = s.classes[label]
			}
		}
	}
	if len(only) > 0 {
		s.Note("%d classes are in test but not in train, such as %q: nothing is learned of them", len(only), first)
	}
}

// placeVal says what validation images are for: they test, where no others do; or they join the training images, if the
// option says so; or they are left out.
func (s *Set) placeVal(option string) error {
	if len(s.rows[Test]) == 0 {
		if option != "" && len(s.rows[Val]) > 0 {
			return fault.Usagef("dataset: %s has no test images with labels but the %d for validation, "+
				"which --val %s would train on; leave it out, or divide all images with --resplit",
				s.root, len(s.rows[Val]), option)
		}
		s.rows[Test], s.rows[Val] = s.rows[Val], nil
		if len(s.rows[Test]) > 0 {
			s.Note("the %d validation images are the test split, since there is no other with labels",
				len(s.rows[Test]))
		}
	}
	if n := len(s.rows[Val]); n > 0 && option == "train" {
		s.rows[Train] = merge(s.rows[Train], s.rows[Val])
		s.Note("the %d validation images join the training images", n)
	} else if n > 0 {
		s.Note("%d validation images are left out; --val train joins them to the training images", n)
	} else if option != "" {
		s.Note("--val %s changes nothing, since the set has no validation images", option)
	}
	return nil
}

// divide deals all images anew: round(fraction·n) of the n images of each class become the test split, at least one of
// them, never the last.
func (s *Set) divide(o Options) {
	byClass := make([][]int32, len(s.classes))
	for i, label := range s.list.labels {
		byClass[label] = append(byClass[label], int32(i))
	}
	held := make([]bool, s.list.Len())
	for c, rows := range byClass {
		n := len(rows)
		k := min(max(int(math.RoundToEven(o.TestFraction*float64(n))), 1), n-1)
		for _, i := range seed.Root(o.Seed).Stream(seed.Split, uint64(c)).Perm(n)[:max(k, 0)] {
			held[rows[i]] = true
		}
	}
	s.rows = map[Split][]int32{}
	for i, test := range held {
		split := Train
		if test {
			split = Test
		}
		s.rows[split] = append(s.rows[split], int32(i))
	}
	s.Note("the set is divided per class, %g of each for testing, by seed %d", o.TestFraction, o.Seed)
}

// merge joins two ascending lists.
func merge(a, b []int32) []int32 {
	all := make([]int32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}
