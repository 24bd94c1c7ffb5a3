package metric

import "fmt"

// FormatVersion of result.json and rounds.jsonl.
const FormatVersion = 1

// Round is one line of rounds.jsonl.
type Round struct {
	Round  int     `json:"round"` // 1 is the first
	Cohort []int   `json:"cohort"`
	Absent []int   `json:"absent,omitempty"` // clients that were asked and did not answer
	Missed []int   `json:"missed,omitempty"` // clients that did not do in time what nobody waits for
	Scores *Scores `json:"scores,omitempty"` // nil in rounds without evaluation
	Right  *Right  `json:"right,omitempty"`  // nil in rounds that are not averaged
	// Means over the cohort: drift, angle, projected, norm_ratio, loss_task, loss_align, loss_personal.
	Diagnosis map[string]float64 `json:"diagnosis"`
	Floats    int64              `json:"floats"`  // numbers sent up and down in this round, all clients together
	Seconds   float64            `json:"seconds"` // wall-clock time; the only field that is not reproducible
}

// Client is one client's outcome after the last round.
type Client struct {
	Name      string `json:"name,omitempty"` // of a natural client
	Train     int    `json:"train"`
	Test      int    `json:"test"`
	Histogram []int  `json:"histogram"` // training images per class
	ZeroShot  Num    `json:"zero_shot"` // accuracies on the client's own test images
	Global    Num    `json:"global"`
	Personal  Num    `json:"personal"`
}

// Result is result.json: what a run found. It holds no times, hosts or versions, so that equal runs give equal files.
type Result struct {
	Format       int               `json:"format"`
	Method       string            `json:"method"`
	Label        string            `json:"label,omitempty"` // of a variant of the method
	Title        string            `json:"title,omitempty"` // what tables call the row
	Module       string            `json:"module"`
	Seed         uint64            `json:"seed"`
	DataSeed     uint64            `json:"data_seed"`
	Rounds       int               `json:"rounds"`
	Partition    string            `json:"partition"`  // one line: long tail, partitioner, clients
	LocalTest    string            `json:"local_test"` // how the clients' test images are chosen
	Provenance                     // of the figures
	Classes      []string          `json:"classes"`
	TrainCounts  []int             `json:"train_counts"`           // long-tailed counts over all clients
	TrainImages  int               `json:"train_images,omitempty"` // of the whole training split
	LeftOut      string            `json:"left_out,omitempty"`     // by what some of them are; empty if none is
	Groups       []Group           `json:"groups"`
	Balance      Balance           `json:"balance"`
	ZeroShot     Scores            `json:"zero_shot"`
	Last         Scores            `json:"last"`           // the last round
	LastTen      Scores            `json:"last_10"`        // mean over the rounds that Averages names
	Best         *Best             `json:"best,omitempty"` // chosen on test data: never a headline
	Averaged     int               `json:"averaged_rounds"`
	PerClass     map[string]Counts `json:"per_class"` // zero_shot, global, personal (pooled); last round
	Clients      []Client          `json:"clients"`
	Unseen       *Unseen           `json:"unseen,omitempty"`
	Calibration  []Calibration     `json:"calibration,omitempty"`
	Contribution []Contribution    `json:"contribution,omitempty"` // by class; residual methods only
	Reveals      string            `json:"reveals,omitempty"`      // what clients' messages say beside parameters
	Analogue     string            `json:"analogue,omitempty"`     // what the module stands for, if inexact
	Right        *Right            `json:"right,omitempty"`        // of a method without rounds
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

// Check reports a result whose parts do not fit together, as an edited or foreign file may have.
func (r *Result) Check() error {
	n := len(r.Classes)
	if len(r.TrainCounts) != n {
		return fmt.Errorf("metric: %d training counts for %d classes", len(r.TrainCounts), n)
	}
	for _, s := range []*Scores{&r.ZeroShot, &r.Last, &r.LastTen} {
		for _, model := range Models() {
			if err := s.Of(model).fits(len(r.Groups)); err != nil {
				return err
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
			return fmt.Errorf("metric: the histogram of %s has %d of %d classes", r.ClientName(k), len(c.Histogram), n)
		}
	}
	if r.Unseen != nil {
		return r.Unseen.check(len(r.Groups), n)
	}
	return nil
}

// fits reports an entry whose numbers are not one for each group.
func (s Score) fits(groups int) error {
	table := All()
	check := func(e Entry) error {
		if m, _ := table.Find(e.Name); (m.PerGroup || e.Groups != nil) && len(e.Groups) != groups {
			return fmt.Errorf("metric: %d figures %q for %d groups", len(e.Groups), e.Name, groups)
		}
		return nil
	}
	for _, e := range s {
		if err := check(e); err != nil {
			return err
		}
	}
	return check(s.entry(GroupAccuracy)) // which every result has
}

// ClientName is what a client is called: by the data, or else by its number. Those that never took part are numbered
// after the others.
func (r *Result) ClientName(k int) string {
	name := ""
	if n := len(r.Clients); k < n {
		name = r.Clients[k].Name
	} else {
		name = r.Unseen.Clients[k-n].Name
	}
	if name != "" {
		return name
	}
	return fmt.Sprintf("client %d", k+1)
}

// Cautions are what a reader must know before the figures: images that are left out, an encoder that does not know the
// classes.
func (r *Result) Cautions() (all []string) {
	if r.LeftOut != "" {
		n := 0
		for _, of := range r.TrainCounts {
			n += of
		}
		all = append(all, fmt.Sprintf("training on %d of %d images: %s", n, r.TrainImages, r.LeftOut))
	}
	if say := Unknown(r.ZeroShot.Global.Value(Accuracy), len(r.Classes)); say != "" {
		all = append(all, say)
	}
	return all
}
