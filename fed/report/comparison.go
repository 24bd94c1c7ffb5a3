package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// Names of the two tables.
const (
	comparisonName  = "comparison"
	differencesName = "differences"
)

// boldly says what is bold, where anything is.
const boldly = " Bold: the best, and what no such test tells from it."

// enough is the number of data seeds below which intervals by drawing are too short.
const enough = 5

// table shows every score of every method, and its difference from the reference.
func (c *comparison) table() Table {
	if len(c.scores) == 0 {
		return Table{}
	}
	named := several(c.groups)
	reference := c.groups[c.reference].title(named)
	t := Table{
		Name:  comparisonName,
		Title: "Methods against " + reference + ", " + metric.AveragedTitle,
		Note:  c.note(reference),
	}
	few := rarest(c.groups[0].runs[0].Result.Groups)
	for i, s := range c.scores {
		t.Columns = append(t.Columns,
			Column{Name: s.heading, Percent: true}, Column{Name: "Δ " + s.heading, Percent: true})
		if s.metric.Name == metric.Headline || s.metric.PerGroup && s.model == metric.Global && s.group == few {
			t.Headline = append(t.Headline, 2*i+1)
		}
	}
	for i, g := range c.groups {
		row := Row{Label: g.title(named)}
		for _, s := range c.scores {
			mean := s.means[i]
			mean.Strong = s.best[i]
			d := s.differences[i]
			row.Cells = append(row.Cells, mean, Cell{Mean: d.Mean, SD: d.SD, N: d.DataSeeds, Text: s.change(i)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// change is a method's difference from the reference in words: with its interval, if there is one, and a mark.
func (s *contrast) change(i int) string {
	d := s.differences[i]
	switch {
	case math.IsNaN(d.Mean):
		return "–"
	case math.IsNaN(d.P):
		return points(d.Mean)
	}
	text := points(d.Mean) + " " + interval(d.Low, d.High)
	if s.adjusted[i] < statistics.Level {
		text += " *"
	}
	return text
}

// points is a difference of shares, in points.
func points(v float64) string {
	text := strconv.FormatFloat(100*v, 'f', 1, 64)
	if text == "-0.0" || text == "0.0" {
		return "0.0"
	}
	if v > 0 {
		return "+" + text
	}
	return "−" + text[1:]
}

// interval is one of shares, in points.
func interval(low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return "–"
	}
	return "[" + points(low) + ", " + points(high) + "]"
}

// note says what the numbers are, and what they are not.
func (c *comparison) note(reference string) string {
	text := repeated(c.groups) + ". Δ: difference from " + reference + " in points"
	if c.data < 2 {
		text += ". Training seeds on one draw of the data say nothing of another one: no interval, no p-value and no " +
			"best are given; repeat with --data-seeds."
	} else {
		text += fmt.Sprintf(", paired by data seed, with its 95 %% interval (Student's t over %d data seeds); "+
			"*: p < %g after Holm over all methods. It says nothing of other test images; intervals by drawing do.",
			c.data, statistics.Level) + boldly
	}
	if lacks := missing(c.groups); lacks != "" {
		text += " Differences are of the runs that both have: " + lacks + "."
	}
	return text
}

// values are the differences for programs: null where something does not exist.
func (c *comparison) values() any {
	type value struct {
		Score      string        `json:"score"`
		Label      string        `json:"label"`
		Reference  string        `json:"reference"`
		Difference metric.Num    `json:"difference"`
		Interval   [2]metric.Num `json:"interval"`
		P          metric.Num    `json:"p"`
		Holm       metric.Num    `json:"p_holm"`
		Drawn      [2]metric.Num `json:"interval_by_drawing"`
		DataSeeds  int           `json:"data_seeds"`
		Best       bool          `json:"best"`
	}
	named := several(c.groups)
	all := []value{}
	for _, s := range c.scores {
		for i, g := range c.groups {
			d, drawn := s.differences[i], s.bootstrap[i]
			all = append(all, value{
				s.heading, g.title(named), c.groups[c.reference].title(named), metric.Num(d.Mean),
				[2]metric.Num{metric.Num(d.Low), metric.Num(d.High)}, metric.Num(d.P), metric.Num(s.adjusted[i]),
				[2]metric.Num{metric.Num(drawn[0]), metric.Num(drawn[1])}, d.DataSeeds, s.best[i],
			})
		}
	}
	return all
}

// differences lists the tests behind the marks, one a row. It has no rows where nothing is repeated.
func (c *comparison) differences() Table {
	if len(c.scores) == 0 || c.data < 2 {
		return Table{}
	}
	named := several(c.groups)
	reference := c.groups[c.reference].title(named)
	t := Table{
		Name: differencesName, Title: "Differences from " + reference + " in points, score by score",
		Columns: columns(true, "score", "Δ", "95 % over data seeds", "p", "p (Holm)", "95 % by drawing", "data seeds"),
		Records: [][]string{{
			"score", "row", "mean", "sd", "n", "difference", "low", "high", "p", "p_holm", "drawn_low", "drawn_high",
			"data_seeds", "reference",
		}},
		Note: "Over data seeds: Student's t of the paired differences, each the mean over training seeds; Holm over " +
			"all methods for one score. By drawing: percentiles of " + strconv.Itoa(statistics.Replicates) +
			" replicates that draw data seeds, training seeds and test images within classes (of personal models, " +
			"within a client's classes); methods that lack a run have none." + c.short(),
	}
	for _, s := range c.scores {
		for i, g := range c.groups {
			d, drawn, m := s.differences[i], s.bootstrap[i], s.means[i]
			t.Records = append(t.Records, []string{
				s.heading, g.title(named), number(m.Mean), number(m.SD), strconv.Itoa(m.N), number(d.Mean),
				number(d.Low), number(d.High), number(d.P), number(s.adjusted[i]), number(drawn[0]), number(drawn[1]),
				strconv.Itoa(d.DataSeeds), reference,
			})
			if math.IsNaN(d.Mean) {
				continue
			}
			row := Row{Label: g.title(named)}
			for _, text := range []string{
				s.heading, points(d.Mean), interval(d.Low, d.High), probability(d.P), probability(s.adjusted[i]),
				interval(drawn[0], drawn[1]), strconv.Itoa(d.DataSeeds),
			} {
				row.Cells = append(row.Cells, Cell{Text: text})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// short warns of intervals by drawing of few data seeds.
func (c *comparison) short() string {
	if c.data >= enough {
		return ""
	}
	return fmt.Sprintf(" With %d data seeds, fewer than %d, these are too short.", c.data, enough)
}

// probability is a p-value, which three digits are enough for.
func probability(p float64) string {
	if math.IsNaN(p) {
		return "–"
	}
	if p < 0.001 {
		return "< .001"
	}
	return strings.TrimPrefix(fmt.Sprintf("%.3f", p), "0")
}
