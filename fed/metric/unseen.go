package metric

import "fmt"

// Unseen is what a finished run is worth to clients that never took part: each was fitted alone to the run's state of
// the last round, and all are scored on their own test images. Global is the global model on these images together.
type Unseen struct {
	Rounds   int      `json:"rounds"` // in which each was fitted
	ZeroShot Scores   `json:"zero_shot"`
	Last     Scores   `json:"last"`
	Clients  []Client `json:"clients"`
}

// check reports parts that do not fit a result of so many groups and classes.
func (u *Unseen) check(groups, classes int) error {
	for _, s := range []*Scores{&u.ZeroShot, &u.Last} {
		for _, model := range Models() {
			if err := s.Of(model).fits(groups); err != nil {
				return err
			}
		}
	}
	for _, c := range u.Clients {
		if len(c.Histogram) != classes {
			return fmt.Errorf("metric: the histogram of a client that never took part has %d of %d classes",
				len(c.Histogram), classes)
		}
	}
	return nil
}
