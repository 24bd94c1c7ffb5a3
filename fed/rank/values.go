package rank

import "github.com/fedpurel/fedpurel/fed/metric"

// Values is the ranking for programs.
func (r *Ranking) Values() any {
	type method struct {
		Name     string     `json:"name"`
		MeanRank metric.Num `json:"mean_rank"`
	}
	type ofPair struct {
		Methods [2]string  `json:"methods"`
		N       int        `json:"n"`
		P       metric.Num `json:"p"`
		Holm    metric.Num `json:"p_holm"`
	}
	methods, pairs, bars := []method{}, []ofPair{}, [][]string{}
	for m, name := range r.Methods {
		methods = append(methods, method{name, metric.Num(r.Mean[m])})
	}
	if r.Significant() {
		for _, p := range r.compared() {
			pairs = append(pairs, ofPair{
				[2]string{r.Methods[p.a], r.Methods[p.b]}, p.n, metric.Num(p.p), metric.Num(p.holm),
			})
		}
	}
	for _, bar := range r.Bars {
		bars = append(bars, sorted(r.Methods, bar))
	}
	var settings []string
	for _, s := range r.Settings {
		settings = append(settings, s.Name)
	}
	notes := append([]string{}, r.Notes...)
	return map[string]any{
		"score": r.Score.Name, "settings": settings, "methods": methods, "pairs": pairs, "bars": bars, "notes": notes,
		"friedman": metric.Num(r.Test.ChiSquared), "iman_davenport": metric.Num(r.Test.F), "p": metric.Num(r.Test.P),
	}
}
