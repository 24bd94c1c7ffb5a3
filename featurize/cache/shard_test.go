package cache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/npy"
)

// shards makes the n shards of a plan.
func shards(t *testing.T, p Plan, n int) (dirs []string) {
	t.Helper()
	for i := range n {
		dir := filepath.Join(t.TempDir(), fmt.Sprint("shard", i+1))
		w, err := Create(dir, p, false)
		if err != nil {
			t.Fatal(err)
		}
		s := Shard{i + 1, n}
		fill(t, w, p, s, 0)
		if err := w.FinishShard(s, map[string]string{"go": "x"}); err != nil {
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
		p := testPlan(3*PartRows+5, PartRows+1, "<f4")
		p.Views = views
		want := content(t, fresh(t, p))
		for _, n := range []int{1, 2, 4, 9} { // with 9, some have no part
			out := filepath.Join(t.TempDir(), "merged")
			m, differ, err := Merge(out, shards(t, p, n), nil)
			if err != nil || differ {
				t.Fatalf("%d shards: %v, versions differ: %v", n, err, differ)
			}
			got := content(t, out)
			for name := range want {
				if got[name] != want[name] {
					t.Errorf("%d shards, %d views: %s differs", n, views, name)
				}
			}
			if len(got) != len(want) || m.Views != views {
				t.Errorf("%d shards: %d files, want %d; %d views", n, len(got), len(want), m.Views)
			}
			if err := open(t, out).Verify(context.Background(), nil); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	p := testPlan(2*PartRows, 10, "<f4")
	dirs := shards(t, p, 2)
	other := shards(t, testPlan(2*PartRows+1, 10, "<f4"), 2)
	third := shards(t, p, 3)
	unfinished := filepath.Join(t.TempDir(), "unfinished")
	w, err := Create(unfinished, p, false)
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
		if _, _, err := Merge(out, c.dirs, nil); fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
		if entries, _ := os.ReadDir(out); len(entries) > 0 {
			t.Errorf("%s: left %v behind", name, entries)
		}
	}
	if _, err := Open(dirs[0]); fault.KindOf(err) != fault.Missing || !strings.Contains(err.Error(), "cache merge") {
		t.Errorf("a shard opened as a cache: %v", err)
	}
	if _, err := Create(dirs[0], p, false); fault.KindOf(err) != fault.Usage {
		t.Errorf("over a shard: %v", err)
	}
	if _, err := Create(dirs[0], p, true); err != ErrComplete {
		t.Errorf("resume of a finished shard: %v", err)
	}
	damaged := filepath.Join(dirs[0], partsDir, "train.00001.npy")
	data, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(damaged, data, 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, _, err := Merge(out, dirs, nil); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("a damaged part: %v", err)
	}
	if entries, _ := os.ReadDir(out); len(entries) > 0 {
		t.Errorf("left %v behind", entries)
	}
	if err := os.WriteFile(filepath.Join(dirs[1], partsDir, planFile), []byte(`{"Dim":5,"DType":"<f4","Splits":[{"Name":"../../x","Rows":1}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Merge(out, dirs, nil); fault.KindOf(err) != fault.Corrupt {
		t.Errorf("a split that escapes: %v", err)
	}
}

func TestViews(t *testing.T) {
	for _, dt := range []npy.DType{"<f4", "<f2"} {
		p := testPlan(PartRows+20, 12, dt)
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
		for k, want := range []float32{value("train", 2, 1), value("train", 2, 1) + 3000, value("train", PartRows+5, 1) + 1000} {
			if d := x.Row(k)[1] - want; d > 4 || d < -4 || (dt == "<f4" && d != 0) {
				t.Errorf("%s: row %d holds %v, want %v", dt, k, x.Row(k)[1], want)
			}
		}
	}
}
