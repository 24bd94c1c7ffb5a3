package figures

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// over is mean and standard deviation of a quantity over seeds.
func (m Method) over(f func(*Run) float64) (mean, sd float64) {
	at := map[uint64][]float64{}
	for i := range m.Runs {
		if v := f(&m.Runs[i]); !math.IsNaN(v) {
			seed := m.Runs[i].Result.DataSeed
			at[seed] = append(at[seed], v)
		}
	}
	return statistics.OverSeeds(inOrder(at))
}

// mean is that of a quantity of results.
func (m Method) mean(f func(*metric.Result) float64) float64 {
	mean, _ := m.over(func(r *Run) float64 { return f(r.Result) })
	return mean
}

// curve is a quantity over the rounds: its mean over seeds, and the edges of mean ± standard deviation, which are nil
// where one seed has none. Rounds in which it is NaN everywhere are left out.
func (m Method) curve(f func(*metric.Round) float64) (x, y, low, high []float64) {
	at, seen := map[int]map[uint64][]float64{}, map[int]bool{}
	for i := range m.Runs {
		for j := range m.Runs[i].Rounds {
			r := &m.Runs[i].Rounds[j]
			v := f(r)
			if math.IsNaN(v) {
				continue
			}
			if at[r.Round] == nil {
				at[r.Round] = map[uint64][]float64{}
			}
			seed := m.Runs[i].Result.DataSeed
			at[r.Round][seed] = append(at[r.Round][seed], v)
			seen[r.Round] = true
		}
	}
	spread := false
	for _, round := range slices.Sorted(maps.Keys(seen)) {
		mean, sd := statistics.OverSeeds(inOrder(at[round]))
		x, y = append(x, float64(round)), append(y, mean)
		if math.IsNaN(sd) {
			sd = 0
		} else {
			spread = true
		}
		low, high = append(low, mean-sd), append(high, mean+sd)
	}
	if !spread {
		low, high = nil, nil
	}
	return x, y, low, high
}

// thin leaves out of a curve what was evaluated beside its usual steps, but the last round: the end is not more ragged
// than the rest for being looked at more often.
func thin(x, y, low, high []float64) (_, _, _, _ []float64) {
	if len(x) < 3 {
		return x, y, low, high
	}
	step := x[1] - x[0]
	var kept [4][]float64
	for i := range x {
		if math.Mod(x[i]-x[0], step) != 0 && i < len(x)-1 {
			continue
		}
		for k, v := range [][]float64{x, y, low, high} {
			if v != nil {
				kept[k] = append(kept[k], v[i])
			}
		}
	}
	return kept[0], kept[1], kept[2], kept[3]
}

// steps is how many points a curve of every round is averaged to.
const steps = 20

// smoothed is a quantity over the rounds as means over equal stretches of them, at the last round of each.
func (m Method) smoothed(f func(*metric.Round) float64) (x, y, low, high []float64, stretch int) {
	last := 0
	for _, r := range m.Runs {
		last = max(last, len(r.Rounds))
	}
	stretch = max(1, (last+steps-1)/steps)
	pooled := Method{m.Method, slices.Clone(m.Runs)}
	for i, r := range m.Runs {
		pooled.Runs[i].Rounds = nil
		for from := 0; from < len(r.Rounds); from += stretch {
			part := r.Rounds[from:min(from+stretch, len(r.Rounds))]
			mean := metric.Round{Round: part[len(part)-1].Round, Diagnosis: map[string]float64{}}
			var sum float64
			var n int
			for j := range part {
				if v := f(&part[j]); !math.IsNaN(v) {
					sum, n = sum+v, n+1
				}
			}
			if n > 0 {
				mean.Diagnosis[""] = sum / float64(n)
			}
			pooled.Runs[i].Rounds = append(pooled.Runs[i].Rounds, mean)
		}
	}
	x, y, low, high = pooled.curve(diagnosed(""))
	return x, y, low, high, stretch
}

// inOrder are values by seed, the lowest seed first.
func inOrder(at map[uint64][]float64) (all [][]float64) {
	for _, seed := range slices.Sorted(maps.Keys(at)) {
		all = append(all, at[seed])
	}
	return all
}

// alone are the methods' runs of the first data seed, for what is of one partition; say names it where there are
// others.
func (s *Source) alone() (methods []Method, say string) {
	data := map[uint64]bool{}
	for _, m := range s.Methods {
		for _, r := range m.Runs {
			data[r.Result.DataSeed] = true
		}
	}
	seeds := slices.Sorted(maps.Keys(data))
	if len(seeds) < 2 {
		return s.Methods, ""
	}
	for _, m := range s.Methods {
		m.Runs = slices.DeleteFunc(slices.Clone(m.Runs), func(r Run) bool { return r.Result.DataSeed != seeds[0] })
		if len(m.Runs) > 0 {
			methods = append(methods, m)
		}
	}
	return methods, fmt.Sprintf("Data seed %d alone: others have other partitions.", seeds[0])
}

// sameClasses are all runs where every class has the same training images under every data seed, else those of the
// first.
func (s *Source) sameClasses() (methods []Method, say string) {
	counts := s.first().TrainCounts
	for _, m := range s.Methods {
		for _, r := range m.Runs {
			if !slices.Equal(counts, r.Result.TrainCounts) {
				return s.alone()
			}
		}
	}
	return s.Methods, ""
}

// zero is zero-shot in a run of every data seed of all methods.
func (s *Source) zero() Method {
	zero, seen := Method{Method: zeroShot}, map[uint64]bool{}
	for _, m := range s.Methods {
		for _, r := range m.Runs {
			if !seen[r.Result.DataSeed] {
				seen[r.Result.DataSeed] = true
				zero.Runs = append(zero.Runs, r)
			}
		}
	}
	return zero
}

// zeroOf is zero-shot's number.
func (s *Source) zeroOf(f func(*metric.Result) float64) float64 { return s.zero().mean(f) }
