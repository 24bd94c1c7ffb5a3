package inline

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// stop is a place on x at which a chart can be read: a class, a client, a round.
type stop struct {
	x      float64
	name   string
	values []string // of each series; empty where it has none
	number int      // of the class, or -1
}

// stops are the attributes from which the script reads a chart out: places in percent, texts, classes to pin.
func (a *frame) stops() string {
	stops := a.places()
	if len(stops) == 0 {
		return ""
	}
	read := struct {
		Who [][2]string `json:"who"`
		At  [][]string  `json:"at"`
	}{}
	for _, s := range a.Series {
		read.Who = append(read.Who, [2]string{classes(s.Method), middle(s.Method.Name, 48)})
	}
	xs, numbers := make([]string, len(stops)), make([]string, len(stops))
	for i, s := range stops {
		xs[i], numbers[i] = a.px(s.x), fmt.Sprint(s.number)
		read.At = append(read.At, append([]string{s.name}, s.values...))
	}
	text, _ := json.Marshal(read)
	// JSON has <, > and & escaped already; within single quotes its own need no more.
	quoted := strings.ReplaceAll(string(text), "'", `\u0027`)
	attributes := fmt.Sprintf(` data-x="%s" data-read='%s'`, strings.Join(xs, " "), quoted)
	if len(a.Classes) == len(a.Names) && a.classed {
		attributes += fmt.Sprintf(` data-pins="%s"`, strings.Join(numbers, " "))
	}
	return attributes
}

// places finds the stops: each name, or each x that a series has.
func (a *frame) places() []stop {
	digits := a.digits()
	at := map[[2]float64]*stop{}
	var all []*stop
	for k, s := range a.Series {
		for i, y := range s.Y {
			if !scale.Finite(a.x.At(s.X[i])) {
				continue
			}
			key := [2]float64{s.X[i], -1}
			if len(a.Names) > 0 && !a.classed {
				key[1] = float64(i)
			}
			if at[key] == nil {
				name := a.title(s.X[i], i)
				at[key] = &stop{x: s.X[i], name: name, values: make([]string, len(a.Series)), number: a.class(s.X[i])}
				all = append(all, at[key])
			}
			if scale.Finite(y) {
				at[key].values[k] = a.value(s, i, digits)
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].x < all[j].x })
	stops := make([]stop, len(all))
	for i, s := range all {
		stops[i] = *s
	}
	return stops
}

// title is what a place is called: a class with its count, a client with its size, or the axis and its value.
func (a *frame) title(x float64, i int) string {
	quantity, _, _ := strings.Cut(a.X.Label, ",")
	quantity, _, _ = strings.Cut(quantity, ";")
	value := strings.TrimSpace(quantity + " " + scale.Labels([]float64{x}, a.X.Signed)[0])
	switch {
	case a.classed && len(a.Counts) == len(a.Names) && a.CountLabel != "":
		count := scale.Number(a.Counts[int(x)], 0)
		return clean(fmt.Sprintf("%s, %s %s", middle(a.Names[int(x)], 60), count, a.CountLabel))
	case a.classed:
		return middle(a.Names[int(x)], 60)
	case i < len(a.Names):
		return clean(middle(a.Names[i], 60) + ", " + value)
	}
	return clean(upper(value))
}

// class is the number of the class at x.
func (a *frame) class(x float64) int {
	if a.classed && len(a.Classes) == len(a.Names) {
		return a.Classes[int(x)]
	}
	return -1
}

// value is a point as text, with half of its spread.
func (a *frame) value(s chart.Series, i, digits int) string {
	text := scale.Number(s.Y[i], digits)
	if a.Y.Signed {
		text = scale.Signed(s.Y[i], digits)
	}
	if len(s.Low) == len(s.Y) && len(s.High) == len(s.Y) && scale.Finite(s.Low[i]) && scale.Finite(s.High[i]) {
		text += " ± " + scale.Number(s.High[i]/2-s.Low[i]/2, digits)
	}
	return text
}

// digits are those that tell the panel's values apart; percent and degrees have one.
func (a *frame) digits() int {
	if wide := a.data.High - a.data.Low; wide < 2000 {
		return max(1, scale.Digits(wide))
	}
	return 0
}

// sentence says in words what the chart shows: each line from its first to its last point, each group of marks by its
// extent.
func (a *frame) sentence() string {
	var parts []string
	digits := a.digits()
	number := func(v float64) string {
		if a.Y.Signed {
			return scale.Signed(v, digits)
		}
		return scale.Number(v, digits)
	}
	for _, s := range a.Series {
		name, e, first, last := middle(s.Method.Name, 48), scale.Empty(), -1, -1
		for i, y := range s.Y {
			if scale.Finite(y) && scale.Finite(s.X[i]) {
				if e.Add(y); first < 0 {
					first = i
				}
				last = i
			}
		}
		switch {
		case first < 0:
			parts = append(parts, name+" has no values")
		case first == last:
			parts = append(parts, fmt.Sprintf("%s %s", name, number(s.Y[last])))
		case s.Line:
			parts = append(parts, fmt.Sprintf("%s from %s to %s", name, number(s.Y[first]), number(s.Y[last])))
		default:
			parts = append(parts, fmt.Sprintf("%s between %s and %s", name, number(e.Low), number(e.High)))
		}
	}
	for _, l := range a.Levels {
		if l.Name != "" {
			parts = append(parts, strings.TrimSpace(l.Name+" "+l.Text))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no data"}
	}
	return clean(heading(a.Title, a.Sub, a.figure) + ": " + strings.Join(parts, "; ") + ".")
}

// heading is what a chart is called in its sentence: its own title, else that of its figure.
func heading(title, sub, figure string) string {
	if title == "" {
		title, sub = figure, ""
	}
	if title == "" {
		return "Chart"
	}
	if sub != "" {
		title += " (" + sub + ")"
	}
	return title
}
