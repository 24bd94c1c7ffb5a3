package metric

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
)

// FormatVersion of result.json and rounds.jsonl.
const FormatVersion = 1

// Num is a float64 that is null in JSON when it does not exist (NaN).
type Num float64

// MarshalJSON writes the shortest decimal that reads back as the same float64, or null for NaN and infinities.
func (n Num) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return strconv.AppendFloat(nil, f, 'g', -1, 64), nil
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads a number or null.
func (n *Num) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Num(math.NaN())
		return nil
	}
	var f float64
	err := json.Unmarshal(b, &f)
	*n = Num(f)
	return err
}

// Score is one model's performance on one kind of test data. Accuracies lie in [0,1].
type Score struct {
	All          Num   `json:"all"`    // global models: share correct on the whole test set; personal: mean over clients of the share correct on their own test images
	Pooled       Num   `json:"pooled"` // share correct over all test images counted once; equals All for global models
	Groups       []Num `json:"groups"` // mean per-class accuracy, pooled over clients, parallel to Result.Groups
	Balancedness Num   `json:"balancedness"`
	MacroF1      Num   `json:"macro_f1"`
	NoZero       []Num `json:"groups_without_zero"` // as Groups, but classes at 0 % left out, as the authors' release averages; not for comparison
	WorstDecile  Num   `json:"worst_decile"`        // mean accuracy of the worst tenth of the clients, at least one; null for global models
}

// Scores is what is measured of a state in one round.
type Scores struct {
	Global   Score `json:"global"`   // the global model on the whole test set
	OnLocal  Score `json:"on_local"` // the global model on each client's own test images
	Personal Score `json:"personal"` // each client's personal model on its own test images
	// How far the global model's predictions are from zero-shot: means over the test set, in nats; null in rounds that
	// skip them.
	TKL        Num `json:"tkl"`         // temperature-aligned KL(global ‖ zero-shot)
	TKLReverse Num `json:"tkl_reverse"` // temperature-aligned KL(zero-shot ‖ global)
	KL         Num `json:"kl"`          // KL(global ‖ zero-shot)
	SoftCE     Num `json:"soft_ce"`     // −Σ zero-shot · log global
}

// Round is one line of rounds.jsonl.
type Round struct {
	Round     int                `json:"round"` // 1 is the first
	Cohort    []int              `json:"cohort"`
	Scores    *Scores            `json:"scores,omitempty"` // nil in rounds without evaluation
	Diagnosis map[string]float64 `json:"diagnosis"`        // drift, angle, projected, norm_ratio, loss_task, loss_align, loss_personal: means over the cohort
	Floats    int64              `json:"floats"`           // numbers sent up and down in this round, all clients together
	Seconds   float64            `json:"seconds"`          // wall-clock time; the only field that is not reproducible
}

// Client is one client's outcome after the last round.
type Client struct {
	Train     int   `json:"train"`
	Test      int   `json:"test"`
	Histogram []int `json:"histogram"` // training images per class
	ZeroShot  Num   `json:"zero_shot"` // accuracies on the client's own test images
	Global    Num   `json:"global"`
	Personal  Num   `json:"personal"`
}

// Result is result.json: what a run found. It holds no times, hosts or versions, so that equal runs give equal files.
type Result struct {
	Format       int               `json:"format"`
	Method       string            `json:"method"`
	Label        string            `json:"label,omitempty"` // of a variant of the method
	Module       string            `json:"module"`
	Seed         uint64            `json:"seed"`
	DataSeed     uint64            `json:"data_seed"`
	Rounds       int               `json:"rounds"`
	Partition    string            `json:"partition"`  // one line: long tail, partitioner, clients
	LocalTest    string            `json:"local_test"` // how the clients' test images are chosen
	Classes      []string          `json:"classes"`
	TrainCounts  []int             `json:"train_counts"` // long-tailed counts over all clients
	Groups       []Group           `json:"groups"`
	Balance      Balance           `json:"balance"`
	ZeroShot     Scores            `json:"zero_shot"`
	Last         Scores            `json:"last"`           // the last round
	LastTen      Scores            `json:"last_10"`        // mean over the last ten rounds, or fewer where fewer were evaluated
	Best         *Best             `json:"best,omitempty"` // chosen by test accuracy: an optimist's figure, never a headline
	Averaged     int               `json:"averaged_rounds"`
	PerClass     map[string]Counts `json:"per_class"` // zero_shot, global, personal (pooled); last round
	Clients      []Client          `json:"clients"`
	Calibration  []Calibration     `json:"calibration,omitempty"`
	Contribution []Contribution    `json:"contribution,omitempty"` // by class; residual methods only
	Analogue     string            `json:"analogue,omitempty"`     // what the module stands in for, where it is not exact
}

// Best is the evaluated round with the highest accuracy of the global model on the test set.
type Best struct {
	Round  int    `json:"round"`
	Scores Scores `json:"scores"`
}

// Calibration is a model's reliability on the classes of one group, in the last round.
type Calibration struct {
	Model       string      `json:"model"` // zero_shot, global, personal
	Group       string      `json:"group"` // "all" or the name of a group
	ECE         Num         `json:"ece"`
	Gap         Num         `json:"gap"` // mean confidence − accuracy
	Reliability Reliability `json:"reliability"`
}

// ScoreOf forms every ratio from counts; for a global model All equals Pooled.
func ScoreOf(c Counts, groups []Group, b Balance) Score {
	s := Score{All: Num(c.Micro()), Pooled: Num(c.Micro()), Balancedness: Num(c.Balancedness(b)), MacroF1: Num(c.MacroF1())}
	s.WorstDecile = Num(math.NaN())
	for _, g := range groups {
		s.Groups = append(s.Groups, Num(c.Of(g)))
		s.NoZero = append(s.NoZero, Num(c.OfNonZero(g)))
	}
	return s
}

// ScoreOfClients scores the clients' pooled counts for the group figures and averages the clients' accuracies, unweighted,
// for All. Clients without test images are left out of the mean.
func ScoreOfClients(pooled Counts, clients []Hits, groups []Group, b Balance) Score {
	if len(clients) == 0 {
		panic("metric: score of no clients")
	}
	var each []float64
	for _, c := range clients {
		if a := c.Micro(); !math.IsNaN(a) {
			each = append(each, a)
		}
	}
	s := ScoreOf(pooled, groups, b)
	s.All = Num(mean(each))
	sort.Float64s(each)
	s.WorstDecile = Num(mean(each[:(len(each)+9)/10]))
	return s
}

// mean is NaN for no values.
func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// MeanScores averages scores entry by entry, leaving out entries that do not exist.
func MeanScores(all []Scores) Scores {
	var m Scores
	pick := func(f func(*Scores) *Num) {
		var sum float64
		var n int
		for i := range all {
			if v := float64(*f(&all[i])); !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		*f(&m) = Num(math.NaN())
		if n > 0 {
			*f(&m) = Num(sum / float64(n))
		}
	}
	if len(all) == 0 {
		panic("metric: mean of no scores")
	}
	for _, part := range []func(*Scores) *Score{
		func(s *Scores) *Score { return &s.Global }, func(s *Scores) *Score { return &s.OnLocal }, func(s *Scores) *Score { return &s.Personal },
	} {
		part(&m).Groups = make([]Num, len(part(&all[0]).Groups))
		pick(func(s *Scores) *Num { return &part(s).All })
		pick(func(s *Scores) *Num { return &part(s).Pooled })
		pick(func(s *Scores) *Num { return &part(s).Balancedness })
		pick(func(s *Scores) *Num { return &part(s).MacroF1 })
		pick(func(s *Scores) *Num { return &part(s).WorstDecile })
		for g := range part(&m).Groups {
			pick(func(s *Scores) *Num { return &part(s).Groups[g] })
		}
		part(&m).NoZero = make([]Num, len(part(&all[0]).NoZero))
		for g := range part(&m).NoZero {
			pick(func(s *Scores) *Num { return &part(s).NoZero[g] })
		}
	}
	for _, f := range []func(*Scores) *Num{
		func(s *Scores) *Num { return &s.TKL }, func(s *Scores) *Num { return &s.TKLReverse },
		func(s *Scores) *Num { return &s.KL }, func(s *Scores) *Num { return &s.SoftCE },
	} {
		pick(f)
	}
	return m
}

// Check reports a result whose parts do not fit together, as an edited or foreign file may have.
func (r *Result) Check() error {
	n := len(r.Classes)
	if len(r.TrainCounts) != n {
		return fmt.Errorf("metric: %d training counts for %d classes", len(r.TrainCounts), n)
	}
	for _, s := range []*Scores{&r.ZeroShot, &r.Last, &r.LastTen} {
		for _, score := range []*Score{&s.Global, &s.OnLocal, &s.Personal} {
			if len(score.Groups) != len(r.Groups) || len(score.NoZero) != len(r.Groups) {
				return fmt.Errorf("metric: %d and %d group figures for %d groups", len(score.Groups), len(score.NoZero), len(r.Groups))
			}
		}
	}
	for _, name := range []string{"zero_shot", "global", "personal"} {
		if c := r.PerClass[name]; len(c.Correct) != n || len(c.Total) != n || len(c.Predicted) != n {
			return fmt.Errorf("metric: per-class counts %q are missing or of another size", name)
		}
	}
	for _, g := range r.Groups {
		for _, c := range g.Classes {
			if c < 0 || c >= n {
				return fmt.Errorf("metric: group %q names class %d of %d", g.Name, c, n)
			}
		}
	}
	if c := len(r.Contribution); c != 0 && c != n {
		return fmt.Errorf("metric: contributions of %d of %d classes", c, n)
	}
	for k, c := range r.Clients {
		if len(c.Histogram) != n {
			return fmt.Errorf("metric: the histogram of client %d has %d of %d classes", k, len(c.Histogram), n)
		}
	}
	return nil
}
