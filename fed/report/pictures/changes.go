package pictures

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// mostChanges is how many pictures a strip shows, each of another class.
const mostChanges = 8

// changes has two strips of a method: the images that it has right in every run where zero-shot is wrong, and those
// that it has wrong in every run where zero-shot is right.
func (c *choice) changes(m Model) ([]document.Strip, error) {
	gains := c.gains(m)
	var strips []document.Strip
	for _, right := range []bool{true, false} {
		order := c.order(gains, right)
		s, err := c.strip(m, order, right)
		if err != nil {
			return nil, err
		}
		strips = append(strips, s)
	}
	return strips, nil
}

// gains is by how many of a class's images, in the mean over the runs, a method is better than zero-shot; as a share.
func (c *choice) gains(m Model) []float64 {
	gains := make([]float64, len(c.Classes))
	for k, rows := range c.rows {
		sum := 0
		for _, row := range rows {
			for _, run := range m.Runs {
				if c.right(run, row) {
					sum++
				}
				if c.right(c.ZeroShot.Predictions, row) {
					sum--
				}
			}
		}
		if len(rows) > 0 {
			gains[k] = float64(sum) / float64(len(rows)*len(m.Runs))
		}
	}
	return gains
}

// order is the classes, those of the last group first, and in a group those that gained most, or lost most.
func (c *choice) order(gains []float64, gained bool) []int {
	order := make([]int, len(c.Classes))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int {
		by := cmp.Compare(gains[a], gains[b])
		if gained {
			by = -by
		}
		return cmp.Or(cmp.Compare(c.group[b], c.group[a]), by)
	})
	return order
}

// strip shows images that a method has right, or wrong, where zero-shot has not, classes in the given order.
func (c *choice) strip(m Model, order []int, right bool) (document.Strip, error) {
	title := "%s wrong, where %s is right"
	if right {
		title = "%s right, where %s is wrong"
	}
	s := document.Strip{Title: fmt.Sprintf(title, m.Method.Name, c.ZeroShot.Method.Name), Method: &m.Method}
	all, few := 0, 0
	for row, y := range c.Labels {
		if c.changed(m, row, right) {
			all++
			if c.few[y] {
				few++
			}
		}
	}
	for _, k := range order {
		if len(s.Cards) == mostChanges {
			break
		}
		row, card, err := c.first(c.rows[k], func(row int) bool { return c.changed(m, row, right) && agreed(m, row) })
		if err != nil {
			return s, err
		}
		if row >= 0 {
			card.Note = thousands(c.Counts[k]) + " to train"
			card.Said = []document.Said{
				c.said(c.ZeroShot.Method, []Predictions{c.ZeroShot.Predictions}, row),
				c.said(m.Method, m.Runs, row),
			}
			s.Cards = append(s.Cards, card)
		}
	}
	s.Sub = c.sub(m, all, few, len(s.Cards) > 0)
	return s, nil
}

// right tells whether predictions name a row's class.
func (c *choice) right(p Predictions, row int) bool { return int32(p.Class[row]) == c.Labels[row] }

// changed tells whether a method has a row right in every run, or wrong in every run, where zero-shot has not.
func (c *choice) changed(m Model, row int, right bool) bool {
	if c.right(c.ZeroShot.Predictions, row) == right {
		return false
	}
	return !slices.ContainsFunc(m.Runs, func(run Predictions) bool { return c.right(run, row) != right })
}

// agreed tells whether all runs take a row for the same class.
func agreed(m Model, row int) bool {
	return !slices.ContainsFunc(m.Runs, func(run Predictions) bool { return run.Class[row] != m.Runs[0].Class[row] })
}

// said is the class that all runs take a row for, with their mean probability.
func (c *choice) said(m chart.Method, runs []Predictions, row int) document.Said {
	s := document.Said{Method: m, Class: c.Classes[runs[0].Class[row]], Right: c.right(runs[0], row)}
	for _, run := range runs {
		s.Probability += run.probability(row) / float64(len(runs))
	}
	return s
}

// sub counts the images of a strip.
func (c *choice) sub(m Model, all, few int, shown bool) string {
	number := thousands(all)
	if all == 0 {
		number = "none"
	}
	text := number + " of " + plural(len(c.Labels), "test image")
	switch n := len(m.Runs); {
	case n == 2:
		text += " in both seeds"
	case n > 2:
		text += fmt.Sprintf(" in all %d seeds", n)
	}
	if all > 0 && slices.Contains(c.few, true) {
		if few == 0 {
			text += ", none of them few-shot"
		} else {
			text += fmt.Sprintf(", %s of them few-shot", thousands(few))
		}
	}
	if all > 0 && !shown {
		text += "; no picture of them can be shown"
	}
	return text
}

// changesCaption says how the strips of methods were chosen.
func (c *choice) changesCaption() string {
	text := "Below, classes that gained most come first, or lost most where the method is wrong; of each class"
	if slices.Contains(c.few, true) {
		text = "Below, few-shot classes come first, of these the ones that gained most, or lost most where the " +
			"method is wrong; of each class"
	}
	seeds := 0
	for _, m := range c.methods {
		seeds = max(seeds, len(m.Runs))
	}
	if seeds == 1 {
		return text + " the first such image."
	}
	return text + " the first image that all seeds take for the same class. Probabilities are means over the seeds."
}
