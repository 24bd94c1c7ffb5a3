package figures

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// byCount sorts class numbers by falling training count.
func byCount(counts []int) []int {
	order := make([]int, len(counts))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return counts[order[i]] > counts[order[j]] })
	return order
}

// names are those of classes in the given order.
func names(r *metric.Result, order []int) []string {
	all := make([]string, len(order))
	for i, c := range order {
		all[i] = r.Classes[c]
	}
	return all
}

// classes are differences to zero-shot, class by class, and all numbers.
func classes(s *Source) document.Section {
	methods, say := s.sameClasses()
	if len(methods) == 0 {
		return document.Section{}
	}
	section := document.Section{
		ID: "classes", Nav: "Classes", Title: s.falls(methods),
		Caption: sentences("Difference to zero-shot in points, last round; classes from most to fewest training "+
			"images. Thin lines: means of a group.", say, s.Left),
	}
	for _, of := range []struct{ kind, name, title, sub string }{
		{"global", "classes", "Global model", "all test images"},
		{"personal", "classes-personal", "Personal models",
			"pooled over the clients’ own test images; zero-shot on all"},
	} {
		if p, ok := differences(s.beside(methods), of.kind); ok {
			p.Title, p.Sub = of.title, of.sub
			section.Figures = append(section.Figures,
				chart.Figure{
					Name: of.name, Across: 1, Panels: []chart.Panel{p}, Aside: len(section.Figures) > 0,
				})
		}
	}
	section.Heats = heats(methods)
	return section
}

// mostBeside is how many methods' marks can stand beside each other at a class.
const mostBeside = 4

// beside are the methods whose marks a panel of classes shows: of many, ours and the reference alone.
func (s *Source) beside(methods []Method) []Method {
	if len(methods) <= mostBeside {
		return methods
	}
	told := map[string]bool{}
	for _, m := range s.told() {
		told[m.ID] = true
	}
	some := slices.DeleteFunc(slices.Clone(methods), func(m Method) bool { return !told[m.ID] })
	if len(some) == 0 {
		return methods[:mostBeside]
	}
	return some
}

// drawn are those beside each other, and a sentence that names them where they are not all methods of the report.
func (s *Source) drawn(methods []Method) (some []Method, say string) {
	some = s.beside(methods)
	if len(some) == len(methods) {
		return some, s.Left
	}
	var called []string
	for _, m := range some {
		called = append(called, m.Name)
	}
	return some, fmt.Sprintf("Drawn: %s alone; tables have all methods.", strings.Join(called, " and "))
}

// differences is a panel of classes; ok is false where no method has such a model.
func differences(methods []Method, kind string) (p chart.Panel, ok bool) {
	first := methods[0].Runs[0].Result
	order := byCount(first.TrainCounts)
	p = chart.Panel{
		Y: chart.Axis{Signed: true}, Names: names(first, order), CountLabel: "training images",
		Regions: regions(first, order),
	}
	for _, c := range order {
		p.Counts, p.Classes = append(p.Counts, float64(first.TrainCounts[c])), append(p.Classes, c)
	}
	for _, m := range methods {
		gains := m.gains(kind)
		line, any := chart.Series{Method: m.Method}, false
		for i, c := range order {
			d := gains[c]
			any = any || !math.IsNaN(d)
			line.X, line.Y = append(line.X, float64(i)), append(line.Y, d)
		}
		if !any {
			continue
		}
		for _, r := range p.Regions {
			var sum float64
			var n int
			for i := int(r.From + 0.5); i < int(r.To+0.5); i++ {
				if !math.IsNaN(line.Y[i]) {
					sum, n = sum+line.Y[i], n+1
				}
			}
			if n > 0 {
				line.Means = append(line.Means, chart.Mean{From: r.From, To: r.To, Y: sum / float64(n)})
			}
		}
		p.Series = append(p.Series, line)
	}
	return p, len(p.Series) > 0
}

// regions are the groups of classes along the order of training counts, where each is one stretch of it.
func regions(r *metric.Result, order []int) (all []chart.Region) {
	of := make([]int, len(r.Classes))
	for i := range of {
		of[i] = -1
	}
	for g, group := range r.Groups {
		for _, c := range group.Classes {
			if of[c] < 0 {
				of[c] = g
			}
		}
	}
	seen := map[int]bool{}
	for i := 0; i < len(order); {
		g, from := of[order[i]], i
		for i < len(order) && of[order[i]] == g {
			i++
		}
		if seen[g] {
			return nil
		}
		seen[g] = true
		if g >= 0 {
			_, sub := called(r.Groups[g])
			all = append(all, chart.Region{
				From: float64(from) - 0.5, To: float64(i) - 0.5, Name: r.Groups[g].Name, Sub: sub + " to train",
			})
		}
	}
	return all
}

// falls is a title that counts the few-shot classes on which methods fall by more than five points.
func (s *Source) falls(methods []Method) string {
	first := methods[0].Runs[0].Result
	few := s.few()
	if few < 0 || first.Groups[few].Name != "few" || len(first.Groups[few].Classes) == 0 {
		return "Class by class"
	}
	told := map[string]bool{}
	for _, m := range s.told() {
		told[m.ID] = true
	}
	var parts []string
	for _, m := range methods {
		gains := m.gains("global")
		if !told[m.ID] || allNaN(gains) {
			continue
		}
		n := 0
		for _, c := range first.Groups[few].Classes {
			if gains[c] < -5 {
				n++
			}
		}
		part := fmt.Sprintf("%s on %d", m.Name, n)
		if len(parts) == 0 {
			part = fmt.Sprintf("%s falls more than 5 points on %d", m.Name, n)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "Class by class"
	}
	title := fmt.Sprintf("Few-shot classes: %s of %d", listed(parts), len(first.Groups[few].Classes))
	return title + s.apart(methods, first.Groups[few].Classes)
}

// apart says of the first method that a title tells of, where its models move classes in two ways, what each does.
func (s *Source) apart(methods []Method, classes []int) string {
	told := s.told()
	if len(told) == 0 {
		return ""
	}
	for _, m := range methods {
		if m.ID != told[0].ID {
			continue
		}
		global, personal := meanOf(m.gains("global"), classes), meanOf(m.gains("personal"), classes)
		if changed(global) && changed(personal) && global*personal < 0 {
			return fmt.Sprintf("; on average %s is %s points with its global model, %s with its personal models",
				m.Name, points(global), points(personal))
		}
	}
	return ""
}

// meanOf is the mean of the values of some classes that exist.
func meanOf(values []float64, classes []int) float64 {
	var sum float64
	var n int
	for _, c := range classes {
		if v := values[c]; !math.IsNaN(v) {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(n)
}
