package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// shards makes the n shards of a cache.
func shards(t *testing.T, p Contents, n int) (dirs []string) {
	t.Helper()
	for i := range n {
		dir := filepath.Join(t.TempDir(), fmt.Sprint("shard", i+1))
		s := Shard{i + 1, n}
		w, err := Create(dir, p, s, false)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, w, p, s, 0)
		if err := w.FinishShard(map[string]string{"go": "x"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		dirs = append([]string{dir}, dirs...)
	}
	return dirs
}

// However many shards, and in whatever order they are given: the cache is the one that a single run writes.
func TestMerge(t *testing.T) {
	for _, views := range []int{0, 2} {
		p := testContents(3*PartRows+5, PartRows+1, "<f4")
		p.Views, p.Thumbnails = views, views
		want := content(t, fresh(t, p))
		for _, n := range []int{1, 2, 4, 9} { // with 9, some have no part
			out := filepath.Join(t.TempDir(), "merged")
			m, differ, err := Merge(t.Context(), out, shards(t, p, n), nil)
			if err != nil || differ {
				t.Fatalf("%d shards: %v, versions differ: %v", n, err, differ)
			}
			holds(t, fmt.Sprintf("%d shards, %d views", n, views), out, want)
			if m.Views != views {
				t.Errorf("%d shards: %d views, want %d", n, m.Views, views)
			}
			if err := open(t, out).Verify(context.Background(), nil); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	p := testContents(2*PartRows, 10, "<f4")
	dirs := shards(t, p, 2)
	other := shards(t, testContents(2*PartRows+1, 10, "<f4"), 2)
	third := shards(t, p, 3)
	unfinished := filepath.Join(t.TempDir(), "unfinished")
	w, err := Create(unfinished, p, Shard{1, 4}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	for name, c := range map[string]struct {
		dirs []string
		kind fault.Kind
		say  string
	}{
		"none":           {nil, fault.Usage, "no shards"},
		"one missing":    {dirs[:1], fault.Missing, "1/2"},
		"one twice":      {[]string{dirs[0], dirs[0]}, fault.Usage, "twice"},
		"other images":   {[]string{dirs[0], other[1]}, fault.Usage, "other images"},
		"other division": {[]string{dirs[0], third[0]}, fault.Usage, "divisions"},
		"unfinished":     {[]string{dirs[0], unfinished}, fault.Missing, "--resume"},
		"no shard":       {[]string{dirs[0], t.TempDir()}, fault.Missing, "no shard"},
		"not there":      {[]string{dirs[0], filepath.Join(t.TempDir(), "x")}, fault.Missing, "no such"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		if _, _, err := Merge(t.Context(), out, c.dirs, nil); fault.KindOf(err) != c.kind ||
			!strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(dirs[0]); fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "cache merge") {
		t.Errorf("a shard opened as a cache: %v", err)
	}
	if _, err := Create(dirs[0], p, Shard{2, 2}, false); fault.KindOf(err) != fault.Usage {
		t.Errorf("over a shard: %v", err)
	}
	if _, err := Create(dirs[0], p, Shard{2, 2}, true); err != ErrComplete {
		t.Errorf("resume of a finished shard: %v", err)
	}
	for _, another := range []Shard{{}, {1, 2}, {2, 3}} {
		for _, dir := range []string{dirs[0], unfinished} {
			if _, err := Create(dir, p, another, true); fault.KindOf(err) != fault.Usage {
				t.Errorf("%s resumed as %s: %v", dir, another.what(), err)
			}
		}
	}
	out := filepath.Join(t.TempDir(), "out")
	for shard, name := range map[string]string{
		dirs[0]:       "train.00001.npy",
		dirs[1]:       textFile,
		dirs[1] + "/": "train.00000.txt",
	} {
		damaged := filepath.Join(shard, partsDir, name)
		good, err := os.ReadFile(damaged)
		if err != nil {
			t.Fatal(err)
		}
		bad := slices.Clone(good)
		bad[len(bad)-1] ^= 1
		if err := os.WriteFile(damaged, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Merge(t.Context(), out, dirs, nil); fault.KindOf(err) != fault.Mismatch ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("damaged %s: %v", name, err)
		}
		if _, err := Open(out); fault.KindOf(err) != fault.Missing {
			t.Errorf("half a merge opens: %v", err)
		}
		if err := os.WriteFile(damaged, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := Merge(stopped, out, dirs, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, _, err := Merge(t.Context(), out, dirs, nil); err != nil { // what was cut short is done again
		t.Errorf("again: %v", err)
	}
	if _, _, err := Merge(t.Context(), out, dirs, nil); err != ErrComplete {
		t.Errorf("a third time: %v", err)
	}
	if _, _, err := Merge(t.Context(), out, other, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("over another cache: %v", err)
	}
	out = filepath.Join(t.TempDir(), "out")
	escaping := []byte(`{"Dim":5,"DType":"<f4","Splits":[{"Name":"../../x","Rows":1}]}`)
	if err := os.WriteFile(filepath.Join(dirs[1], partsDir, planFile), escaping, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Merge(t.Context(), out, dirs, nil); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a split that escapes: %v", err)
	}
}

func TestViews(t *testing.T) {
	for _, dt := range []npy.DType{"<f4", "<f2"} {
		p := testContents(PartRows+20, 12, dt)
		p.Views = 3
		c := open(t, fresh(t, p))
		s, err := c.Split("train")
		if err != nil {
			t.Fatal(err)
		}
		test, err := c.Split("test")
		if err != nil {
			t.Fatal(err)
		}
		if s.Views() != 3 || test.Views() != 0 {
			t.Fatalf("%d and %d views", s.Views(), test.Views())
		}
		x := f32.New(3, dim)
		if err := s.GatherViews(x, []int{2, 2, PartRows + 4}, []int{0, 3, 1}); err != nil {
			t.Fatal(err)
		}
		plain, later := value("train", 2, 1), value("train", PartRows+5, 1)
		for k, want := range []float32{plain, plain + 3000, later + 1000} {
			if d := x.Row(k)[1] - want; d > 4 || d < -4 || (dt == "<f4" && d != 0) {
				t.Errorf("%s: row %d holds %v, want %v", dt, k, x.Row(k)[1], want)
			}
		}
	}
}

// A part, a list or the class embeddings that were damaged after they were written are made again when work is resumed.
func TestResumeMakesDamagedPartsAgain(t *testing.T) {
	p := testContents(2*PartRows, 20, "<f4")
	want := content(t, fresh(t, p))
	for _, name := range []string{"train.00001.npy", "train.00000.txt", textFile, "test.00000.npy"} {
		dir := filepath.Join(t.TempDir(), "c")
		w, err := Create(dir, p, Shard{}, false)
		if err != nil {
			t.Fatal(err)
		}
		fill(t, w, p, Shard{}, 0)
		w.Close()
		file := filepath.Join(dir, partsDir, name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)-2] ^= 4
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, left := range []string{dir, filepath.Join(dir, partsDir)} {
			if err := os.WriteFile(filepath.Join(left, ".x.npy.123.tmp"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if w, err = Create(dir, p, Shard{}, true); err != nil {
			t.Fatal(err)
		}
		fill(t, w, p, Shard{}, 0)
		if _, err := w.Finish(t.Context(), map[string]string{"go": "x"}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		holds(t, name+" damaged", dir, want)
	}
}

// A part that left images out counts only where that is allowed.
func TestSkippedPartsAreDoneAgain(t *testing.T) {
	p := testContents(20, 4, "<f4")
	w, err := Create(filepath.Join(t.TempDir(), "c"), p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fill(t, w, p, Shard{}, 0)
	if !w.Done("train", 0, true) || w.Done("train", 0, false) || !w.Done("test", 0, false) {
		t.Error("a part with skipped images counts, or one without does not")
	}
}

func TestSplitWithoutImages(t *testing.T) {
	p := testContents(3, 4, "<f4")
	w, err := Create(filepath.Join(t.TempDir(), "c"), p, Shard{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.WritePart(Part{
		Split:    "train",
		Features: f32.New(0, dim),
		Skipped:  []Skip{{"a.jpg", "broken"}, {"b.jpg", "broken"}, {"c.jpg", "broken"}},
	}); err != nil {
		t.Fatal(err)
	}
	fill(t, w, p, Shard{}, 0)
	if _, err := w.Finish(t.Context(), nil); fault.KindOf(err) != fault.Corrupt ||
		!strings.Contains(err.Error(), "a.jpg: broken") {
		t.Errorf("%v", err)
	}
}
