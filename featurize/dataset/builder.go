package dataset

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// builder collects a set, image by image. The first error sticks: readers may check it at the end, with set.
type builder struct {
	set        *set
	options    Options
	names      []uint64 // hashes of the names, to find those that repeat
	hash       maphash.Seed
	unlabelled int
	skipped    map[string]*skips
	err        error
}

// skips counts what was left out for one reason.
type skips struct {
	n     int
	first string
}

func newBuilder(root, format string, o Options) *builder {
	return &builder{
		set: &set{root: root, rows: map[Split][]int32{}, about: About{Format: format}}, options: o, hash: maphash.MakeSeed(), skipped: map[string]*skips{},
	}
}

// add appends an image. A label of −1 means that nobody knows it: such images are left out and counted.
func (b *builder) add(split Split, name string, label int, at place) {
	switch {
	case b.err != nil:
		return
	case label == -1:
		b.unlabelled++
		return
	case label < 0 || label > math.MaxInt32:
		b.err = fault.Corruptf("dataset: %s: image %s has label %d, which is no class", b.set.root, name, label)
		return
	case strings.ContainsAny(name, "\n\r"):
		b.err = fault.Corruptf("dataset: %s: the file name %q holds a line break; rename it", b.set.root, name)
		return
	case b.set.items.len() == math.MaxInt32:
		b.err = fault.Usagef("dataset: %s has more than %d images", b.set.root, math.MaxInt32)
		return
	}
	b.set.rows[split] = append(b.set.rows[split], int32(b.set.items.len()))
	b.names = append(b.names, b.hashed(name))
	b.err = b.set.items.add(name, int32(label), at)
}

func (b *builder) hashed(name string) uint64 { return maphash.String(b.hash, name) }

// skip notes that something was left out, and why: "3 files that are no images, such as a.txt". The reason is in the plural.
func (b *builder) skip(reason, name string) {
	s := b.skipped[reason]
	if s == nil {
		s = &skips{first: name}
		b.skipped[reason] = s
	}
	s.n++
}

// leftOut says what was left out for a reason.
func (b *builder) leftOut(reason string) string {
	return fmt.Sprintf("%d %s, such as %s", b.skipped[reason].n, reason, b.skipped[reason].first)
}

// allLeftOut says it of all, for the error that nothing is left.
func (b *builder) allLeftOut() (all string) {
	for _, reason := range slices.Sorted(maps.Keys(b.skipped)) {
		all += "; left out: " + b.leftOut(reason)
	}
	return all
}

// missing notes an image that a list names and that is not there. It is added all the same, so that reading it fails or is skipped
// as the user wants.
func (b *builder) missing(name string) {
	a := &b.set.about
	a.Missing++
	if len(a.Examples) < 5 {
		a.Examples = append(a.Examples, name)
	}
}

// finish checks the list and gives the set. classes are the names by label; images fetches bytes and is closed with the set, also if
// finish fails.
func (b *builder) finish(classes []string, images reader) (_ *set, err error) {
	s := b.set
	s.classes, s.images = make([]string, len(classes)), images
	for i, name := range classes {
		s.classes[i] = strings.ToValidUTF8(name, "\ufffd") // records are JSON, and prompts text
	}
	classes = s.classes
	defer func() {
		if err != nil {
			_ = s.Close() // the first error matters
		}
	}()
	if b.err != nil {
		return nil, b.err
	}
	for i, label := range s.items.labels {
		if int(label) >= len(classes) {
			it, err := s.items.at(i)
			if err != nil {
				return nil, err
			}
			return nil, fault.Corruptf("dataset: %s: image %s has label %d, but there are %d classes (0 to %d)", s.root, it.Name, label, len(classes), len(classes)-1)
		}
	}
	if err := b.repeats(); err != nil {
		return nil, err
	}
	for _, reason := range slices.Sorted(maps.Keys(b.skipped)) {
		s.note("left out: %s", b.leftOut(reason))
	}
	if b.unlabelled > 0 {
		s.note("left out: %d images without a label", b.unlabelled)
	}
	if n := s.about.Missing; n > 0 {
		s.note("%d images are listed but missing, such as %s", n, s.about.Examples[0])
	}
	return s, s.settle(b.options)
}

// repeats looks for names that occur more than once. With two labels that is an error, else worth a note, across splits above all: the
// model would be tested on what it was trained on.
func (b *builder) repeats() error {
	twice := repeated(b.names)
	if len(twice) == 0 {
		return nil
	}
	splitOf := map[int32]Split{}
	for split, rows := range b.set.rows {
		for _, r := range rows {
			if twice[b.names[r]] {
				splitOf[r] = split
			}
		}
	}
	first := map[string]int{}
	var within, across skips
	for r, h := range b.names {
		if !twice[h] {
			continue
		}
		it, err := b.set.items.at(r)
		if err != nil {
			return err
		}
		earlier, there := first[it.Name]
		switch {
		case !there:
			first[it.Name] = r
		case b.set.items.labels[earlier] != it.Label:
			return fault.Corruptf("dataset: %s: image %s has label %d in one place and %d in another", b.set.root, it.Name, b.set.items.labels[earlier], it.Label)
		case splitOf[int32(earlier)] != splitOf[int32(r)]:
			across = skips{across.n + 1, it.Name}
		default:
			within = skips{within.n + 1, it.Name}
		}
	}
	if across.n > 0 {
		b.set.note("%d images are listed in more than one split, such as %s: tests would run on training images", across.n, across.first)
	}
	if within.n > 0 {
		b.set.note("%d images are listed more than once in a split, such as %s", within.n, within.first)
	}
	return nil
}

// repeated returns the numbers that occur more than once.
func repeated(numbers []uint64) map[uint64]bool {
	sorted := slices.Clone(numbers)
	slices.Sort(sorted)
	twice := map[uint64]bool{}
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			twice[sorted[i]] = true
		}
	}
	return twice
}

func (s *set) note(format string, args ...any) {
	s.about.Notes = append(s.about.Notes, fmt.Sprintf(format, args...))
}
