package rank

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Setting is one comparison: data set × long tail × partition × module.
type Setting struct {
	Name string // its folder and, where that holds several modules, the module
	Data string // what it is of

	Rows   []Row
	thirds bool // it has no few-shot classes: the rarest third stands for them
}

// Row is a method in a setting.
type Row struct {
	Name   string
	Scores map[uint64]float64 // by data seed: the mean over training seeds
	Runs   int
}

// Load reads comparisons: each dir holds the runs of one, as `compare` writes them. Unfinished runs are left out and
// named. No two settings may hold the same runs, or other seeds of them: what is counted twice is no evidence.
func Load(dirs []string, score Score) (settings []Setting, unfinished []string, err error) {
	held := map[string]string{} // the setting of every kind of run
	for _, dir := range dirs {
		runs, left, err := report.Load(dir)
		unfinished = append(unfinished, left...)
		if err != nil {
			return nil, unfinished, err
		}
		rows, err := report.BySeed(runs)
		if err != nil {
			return nil, unfinished, fmt.Errorf("%w; a setting is one comparison: name the folder of each", err)
		}
		for _, module := range modules(rows) {
			s := newSetting(filepath.Clean(dir), module, rows, score)
			if len(modules(rows)) > 1 {
				s.Name += " (" + module + ")"
			}
			settings = append(settings, s)
		}
		here := map[string]string{}
		for i := range runs {
			id := kind(&runs[i].Result)
			if other, dup := held[id]; dup {
				return nil, unfinished, fault.Usagef("rank: %s and %s hold the same runs, or other seeds of them; "+
					"a setting counts once: put them into one folder, or leave one out", other, dir)
			}
			if id != "" {
				here[id] = dir
			}
		}
		maps.Copy(held, here)
	}
	return settings, unfinished, nil
}

// modules are those of the rows; the zero-shot classifier has none.
func modules(rows []report.Same) []string {
	all := map[string]bool{}
	for _, row := range rows {
		if r := &row.Runs[0].Result; !zeroShot(r) {
			all[r.Module] = true
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(all))
}

func zeroShot(r *metric.Result) bool { return r.Method == "zeroshot" }

// newSetting takes the rows of a module, and those without one. A row without the score has none.
func newSetting(name, module string, rows []report.Same, score Score) Setting {
	s := Setting{Name: name}
	for _, same := range rows {
		first := &same.Runs[0].Result
		if first.Module != module && !zeroShot(first) {
			continue
		}
		row := Row{Name: same.Title, Scores: map[uint64]float64{}}
		count := map[uint64]float64{}
		for i := range same.Runs {
			r := &same.Runs[i].Result
			if v := score.of(r); !math.IsNaN(v) {
				row.Scores[r.DataSeed] += v
				count[r.DataSeed]++
				row.Runs++
			}
		}
		for seed, n := range count {
			row.Scores[seed] /= n
		}
		s.Rows = append(s.Rows, row)
		s.Data = strings.Join([]string{partition(first), fmt.Sprintf("%d classes", len(first.Classes)), module}, ", ")
		_, usual := rarest(first)
		s.thirds = score.Name == "few" && !usual
	}
	return s
}

// partition is what a run says of its data, without the seed.
func partition(r *metric.Result) string {
	return strings.TrimSuffix(r.Partition, fmt.Sprintf(", data seed %d", r.DataSeed))
}

// kind is what a run shares with those of other seeds alone. It is empty where the run does not record it, and for the
// zero-shot classifier, which knows nothing of what tells settings apart.
func kind(r *metric.Result) string {
	if zeroShot(r) || !r.Recorded() {
		return ""
	}
	return strings.Join([]string{r.Cache, partition(r), r.LocalTest, r.Spec}, "\n")
}
