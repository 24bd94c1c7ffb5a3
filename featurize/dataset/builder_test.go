package dataset

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fedpurel/fedpurel/train/fault"
)

// A list that has gone to disk is the list that was added, also when it is read from several goroutines at once.
func TestListOnDisk(t *testing.T) {
	defer func(was int) { spill = was }(spill)
	spill = 1000
	before, _ := os.ReadDir(os.TempDir())
	var l List
	const n = 3000
	at := func(i int) Item {
		return Item{fmt.Sprint("ünï/", strings.Repeat("x", i%50), i), int32(i % 7), place{uint32(i), int64(i) << 33, int64(i * 3)}}
	}
	for i := range n {
		it := at(i)
		if err := l.Add(it); err != nil {
			t.Fatal(err)
		}
	}
	if l.file == nil || len(l.pending) > spill+100 {
		t.Fatal("nothing went to disk")
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < n; i += 3 {
				if got, err := l.At(i); err != nil || got != at(i) {
					t.Errorf("%d: %+v, %v", i, got, err)
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadDir(os.TempDir()); len(after) > len(before)+2 { // other tests run beside
		for _, e := range after {
			if strings.HasPrefix(e.Name(), "fedpurel-list-") {
				t.Errorf("%s is left behind", e.Name())
			}
		}
	}
}

// fakeImages reads names as their own content.
type fakeImages struct{ closed int }

func (f *fakeImages) Read(it Item) ([]byte, error) { return []byte(it.Name), nil }
func (f *fakeImages) Close() error                 { f.closed++; return nil }

func TestBuilderNotes(t *testing.T) {
	b := NewBuilder("root", "made up", DefaultOptions())
	for i := range 4 {
		b.Add(Train, fmt.Sprint("a", i), i%2, place{})
		b.Add(Test, fmt.Sprint("b", i), i%2, place{})
		b.Add(Val, fmt.Sprint("c", i), i%2, place{})
	}
	b.Add(Test, "a1", 1, place{})
	b.Add(Train, "a2", 0, place{})
	b.Add(Train, "unknown", -1, place{})
	b.Skip("files that are odd", "odd.txt")
	b.Skip("files that are odd", "odder.txt")
	b.Missing("a3")
	s, err := b.Finish([]string{"x", "x"}, &fakeImages{})
	if err != nil {
		t.Fatal(err)
	}
	about := strings.Join(s.About().Notes, "\n")
	for _, want := range []string{"2 files that are odd, such as odd.txt", "1 images without a label", "1 images are listed but missing, such as a3",
		"1 images are listed in more than one split, such as a1", "1 images are listed more than once in a split, such as a2", "4 validation images are left out; --val train"} {
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
				b.Add(split, fmt.Sprint(k, "/", i), i%2, place{})
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
	for name, splits := range map[string][]Split{"some without": {Whole, Train, Test}, "only train": {Train}, "only test": {Test}, "nothing": nil} {
		images := &fakeImages{}
		b := NewBuilder("root", "made up", o)
		for _, split := range splits {
			b.Add(split, string(split)+"1", 0, place{})
		}
		if _, err := b.Finish([]string{"x", "y"}, images); err == nil || images.closed != 1 {
			t.Errorf("%s: %v, closed %d times", name, err, images.closed)
		}
	}
}

func TestBuilderRefuses(t *testing.T) {
	for say, add := range map[string]func(*Builder){
		"line break":           func(b *Builder) { b.Add(Train, "a\nb", 0, place{}) },
		"label -2":             func(b *Builder) { b.Add(Train, "a", -2, place{}) },
		"label 2, but there":   func(b *Builder) { b.Add(Test, "x.jpg", 2, place{}) },
		"label 0 in one place": func(b *Builder) { b.Add(Test, "t0", 1, place{}) },
	} {
		b := NewBuilder("root", "made up", DefaultOptions())
		b.Add(Train, "t0", 0, place{})
		b.Add(Test, "t1", 1, place{})
		add(b)
		b.Add(Train, "t2", 0, place{})
		if _, err := b.Finish([]string{"x", "y"}, &fakeImages{}); fault.KindOf(err) != fault.Corrupt || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v", say, err)
		}
	}
}

// A list of a million images takes little memory: 36 bytes of each while it is made, of which 20 stay.
func TestMillionImages(t *testing.T) {
	if testing.Short() {
		t.Skip("a second's work")
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before := heap()
	b := NewBuilder("root", "made up", DefaultOptions())
	const n = 1_000_000
	for i := range n {
		split := Train
		if i%20 == 0 {
			split = Test
		}
		b.Add(split, fmt.Sprintf("train/n%08d/n%08d_%d.JPEG", i%1000, i%1000, i), i%1000, place{})
	}
	s, err := b.Finish(make([]string, 1000), &fakeImages{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b = nil
	if used := heap() - before; used > 40 {
		t.Errorf("%.0f MB for a list of a million images", used)
	}
	if it, err := s.At(Train, 500_000); err != nil || it.Label != s.list.labels[s.rows[Train][500_000]] {
		t.Errorf("%+v, %v", it, err)
	}
}
