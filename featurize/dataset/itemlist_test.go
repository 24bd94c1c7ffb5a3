package dataset

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// A list that has gone to disk is the list that was added, also when it is read from several goroutines at once.
func TestListOnDisk(t *testing.T) {
	defer func(was int) { spill = was }(spill)
	spill = 1000
	before, _ := os.ReadDir(os.TempDir())
	var l List
	const n = 3000
	at := func(i int) Item {
		return Item{
			fmt.Sprint("ünï/", strings.Repeat("x", i%50), i), int32(i % 7), []string{"", "", "Zürich", "x"}[i/5%4],
			Place{uint32(i), int64(i) << 33, int64(i * 3)},
		}
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
		b.Add(split, fmt.Sprintf("train/n%08d/n%08d_%d.JPEG", i%1000, i%1000, i), i%1000, Place{})
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
