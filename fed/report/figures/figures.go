// Package figures turns runs into the evidence of a report: figures and heat maps as data, in the order in which they
// are read, with titles that state what the numbers say. Numbers are in the unit in which they are shown.
package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Source is what figures are drawn from.
type Source struct {
	Methods   []Method // that were trained; none draws nothing
	Metrics   metric.Table
	Left      string  // how many methods are not among them, or empty
	Reference int     // of Methods, which the first of them is compared with in titles; −1: none
	Labels    []int32 // the class of every test image; nil where runs do not say
	Unit      string  // what standard deviations are over, such as "5 data seeds"; empty: there are none
}

// Method is one method's runs.
type Method struct {
	chart.Method
	Runs []Run // at least one
}

// Run is one of them.
type Run struct {
	Result          *metric.Result
	Rounds          []metric.Round
	Zero, Predicted []int32 // of every test image: by zero-shot, by the global model; nil where not recorded
}

var zeroShot = chart.Method{ID: "zero-shot", Name: "zero-shot"}

// Sections are all that the runs have data for.
func Sections(s Source) []document.Section {
	if len(s.Methods) == 0 {
		return nil
	}
	var all []document.Section
	for _, of := range []func(*Source) document.Section{
		rounds, training, classes, mistakes, reliability, clients,
	} {
		section := of(&s)
		section.Figures = slices.DeleteFunc(section.Figures, empty)
		if len(section.Figures)+len(section.Heats)+len(section.Confusions) == 0 && section.Pictures == nil {
			continue
		}
		all = append(all, section)
	}
	return all
}

// first is the result that names classes, groups and clients.
func (s *Source) first() *metric.Result { return s.Methods[0].Runs[0].Result }

// few is the group of the fewest training images.
func (s *Source) few() int { return min(2, len(s.first().Groups)-1) }

// empty reports a figure without data.
func empty(f chart.Figure) bool { return len(f.Panels)+len(f.Rows) == 0 }

// sentences joins those that are not empty.
func sentences(all ...string) string {
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	return strings.Join(all, " ")
}

// upper begins with a capital.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// called is the title of a group of classes, and what it holds.
func called(g metric.Group) (title, sub string) {
	switch g.Name {
	case "many":
		return "Many-shot", ">100 images"
	case "medium":
		return "Medium-shot", "21–100 images"
	case "few":
		return "Few-shot", "≤20 images"
	}
	return upper(g.Name), fmt.Sprintf("%d classes", len(g.Classes))
}

// points is a difference in percent, with its sign; what shows as zero has none.
func points(v float64) string {
	s := fmt.Sprintf("%.1f", math.Abs(v))
	switch {
	case s == "0.0":
		return s
	case v < 0:
		return "−" + s
	}
	return "+" + s
}

// changed reports a difference that does not show as zero.
func changed(v float64) bool { return math.Abs(v) >= 0.05 }

// listed joins parts of a title.
func listed(parts []string) string { return strings.Join(parts, ", ") }
