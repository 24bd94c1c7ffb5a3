package figures

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// clients are gains and losses against zero-shot, client by client.
func clients(s *Source) document.Section {
	methods, say := s.alone()
	if len(methods) == 0 {
		return document.Section{}
	}
	methods, only := s.drawn(methods)
	first := methods[0].Runs[0].Result
	f := chart.Figure{Name: "clients", Across: 2, Shared: true}
	title := "Clients"
	told := map[string]bool{}
	for _, m := range s.told() {
		told[m.ID] = true
	}
	var parts []string
	correlation := ""
	for _, of := range []struct {
		title, sub string
		at         func(metric.Client) float64
	}{
		{"Global model", "on each client’s own test images",
			func(c metric.Client) float64 { return float64(c.Global) }},
		{"Personal models", "on the same images", func(c metric.Client) float64 { return float64(c.Personal) }},
	} {
		p := chart.Panel{
			Title: of.title, Sub: of.sub, X: chart.Axis{Label: "client’s test images, logarithmic", Log: true},
			Y: chart.Axis{Signed: true}, Below: "worse than zero-shot",
		}
		parts = nil
		for _, m := range methods {
			marks := chart.Series{Method: m.Method}
			better, all := 0, 0
			p.Names = nil
			for k, c := range first.Clients {
				d := m.mean(func(r *metric.Result) float64 {
					return 100 * (of.at(r.Clients[k]) - float64(r.Clients[k].ZeroShot))
				})
				if c.Test == 0 {
					d = math.NaN()
				}
				p.Names = append(p.Names, first.ClientName(k))
				marks.X, marks.Y = append(marks.X, math.Max(1, float64(c.Test))), append(marks.Y, d)
				if !math.IsNaN(d) {
					all++
					if d >= 0.05 {
						better++
					}
				}
			}
			if all == 0 {
				continue
			}
			p.Series = append(p.Series, marks)
			if told[m.ID] {
				parts = append(parts, gain(m.Name, better, all, len(parts)))
			}
			if m.Slot == 1 || len(methods) == 1 {
				correlation = ranked(m.Name, marks)
			}
		}
		if len(p.Series) > 0 {
			f.Panels = append(f.Panels, p)
			if len(parts) > 0 {
				title = of.title + ": " + listed(parts)
			}
		}
	}
	return document.Section{
		ID: "clients", Nav: "Clients", Title: title,
		Caption: sentences("Points to zero-shot on the client’s own test images, last round, mean over training seeds.",
			correlation, say, only),
		Figures: []chart.Figure{f},
	}
}

// gain is a part of a title; the first is a sentence of its own.
func gain(name string, better, all, before int) string {
	if before == 0 {
		return fmt.Sprintf("%d of %d clients gain with %s", better, all, name)
	}
	return fmt.Sprintf("%d with %s", better, name)
}

// ranked says how gains go with the number of test images, if clearly: by Spearman's rank correlation.
func ranked(name string, marks chart.Series) string {
	var size, gains []float64
	for i, d := range marks.Y {
		if !math.IsNaN(d) {
			size, gains = append(size, marks.X[i]), append(gains, d)
		}
	}
	if len(size) < 5 {
		return ""
	}
	r := statistics.Spearman(size, gains)
	switch {
	case r >= 0.5:
		return fmt.Sprintf("With %s, clients with more test images gain more (rank correlation %.2f).", name, r)
	case r <= -0.5:
		return fmt.Sprintf("With %s, clients with more test images gain less (rank correlation −%.2f).", name, -r)
	}
	return ""
}
