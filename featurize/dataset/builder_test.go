package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// fakeImages reads names as their own content.
type fakeImages struct{ closed int }

func (f *fakeImages) Read(it Item) ([]byte, error) { return []byte(it.Name), nil }
func (f *fakeImages) Close() error                 { f.closed++; return nil }

func TestBuilderNotes(t *testing.T) {
	b := NewBuilder("root", "made up", DefaultOptions())
	for i := range 4 {
		b.Add(Train, fmt.Sprint("a", i), i%2, Place{})
		b.Add(Test, fmt.Sprint("b", i), i%2, Place{})
		b.Add(Val, fmt.Sprint("c", i), i%2, Place{})
	}
	b.Add(Test, "a1", 1, Place{})
	b.Add(Train, "a2", 0, Place{})
	b.Add(Train, "unknown", -1, Place{})
	b.Skip("files that are odd", "odd.txt")
	b.Skip("files that are odd", "odder.txt")
	b.Missing("a3")
	s, err := b.Finish([]string{"x", "x"}, &fakeImages{})
	if err != nil {
		t.Fatal(err)
	}
	about := strings.Join(s.About().Notes, "\n")
	for _, want := range []string{
		"2 files that are odd, such as odd.txt", "1 images without a label",
		"1 images are listed but missing, such as a3",
		"1 images are listed in more than one split, such as a1",
		"1 images are listed more than once in a split, such as a2", "4 validation images are left out; --val train",
	} {
		if !strings.Contains(about, want) {
			t.Errorf("no %q in\n%s", want, about)
		}
	}
	if s.Len(Train) != 5 || s.Len(Test) != 5 || s.Len(Val) != 0 || s.About().Missing != 1 {
		t.Errorf("%d and %d images", s.Len(Train), s.Len(Test))
	}
}

func TestSplitsAreSettled(t *testing.T) {
	build := func(o Options, splits ...Split) (*Set, error) {
		b := NewBuilder("root", "made up", o)
		for k, split := range splits {
			for i := range 10 {
				b.Add(split, fmt.Sprint(k, "/", i), i%2, Place{})
			}
		}
		return b.Finish([]string{"x", "y"}, &fakeImages{})
	}
	o, joined, anew := DefaultOptions(), DefaultOptions(), DefaultOptions()
	joined.Val, anew.Resplit = "train", true
	for name, c := range map[string]struct {
		o           Options
		splits      []Split
		train, test int
	}{
		"plain":        {o, []Split{Train, Test}, 10, 10},
		"val left out": {o, []Split{Train, Test, Val}, 10, 10},
		"val joins":    {joined, []Split{Val, Test, Train}, 20, 10},
		"val tests":    {o, []Split{Train, Val}, 10, 10},
		"divided":      {o, []Split{Whole}, 8, 2},
		"anew":         {anew, []Split{Train, Test, Val}, 24, 6},
	} {
		s, err := build(c.o, c.splits...)
		if err != nil || s.Len(Train) != c.train || s.Len(Test) != c.test {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all := slices.Concat(s.rows[Train], s.rows[Test])
		slices.Sort(all)
		if len(slices.Compact(all)) != c.train+c.test {
			t.Errorf("%s: images lost or repeated", name)
		}
		if !slices.IsSorted(s.rows[Train]) {
			t.Errorf("%s: the order of the set is lost", name)
		}
	}
	for name, splits := range map[string][]Split{
		"some without": {Whole, Train, Test}, "only train": {Train},
		"only test": {Test}, "nothing": nil,
	} {
		images := &fakeImages{}
		b := NewBuilder("root", "made up", o)
		for _, split := range splits {
			b.Add(split, string(split)+"1", 0, Place{})
		}
		if _, err := b.Finish([]string{"x", "y"}, images); err == nil || images.closed != 1 {
			t.Errorf("%s: %v, closed %d times", name, err, images.closed)
		}
	}
}

func TestBuilderRefuses(t *testing.T) {
	for say, add := range map[string]func(*Builder){
		"line break":           func(b *Builder) { b.Add(Train, "a\nb", 0, Place{}) },
		"label -2":             func(b *Builder) { b.Add(Train, "a", -2, Place{}) },
		"label 2, but there":   func(b *Builder) { b.Add(Test, "x.jpg", 2, Place{}) },
		"label 0 in one place": func(b *Builder) { b.Add(Test, "t0", 1, Place{}) },
	} {
		b := NewBuilder("root", "made up", DefaultOptions())
		b.Add(Train, "t0", 0, Place{})
		b.Add(Test, "t1", 1, Place{})
		add(b)
		b.Add(Train, "t2", 0, Place{})
		if _, err := b.Finish([]string{"x", "y"}, &fakeImages{}); fault.KindOf(err) != fault.Corrupt ||
			!strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", say, err)
		}
	}
}
