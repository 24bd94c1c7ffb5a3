package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/figures"
	"github.com/fedpurel/fedpurel/fed/report/pictures"
	"github.com/fedpurel/fedpurel/fed/saved"
)

// Album is where pictures of the test images come from.
type Album struct {
	Source   pictures.Source // nil: there is none
	PerClass int             // pictures are of the first so many test images of a class; 0: of any
	Missing  string          // why there is no source, and the remedy; empty: nobody asked for thumbnails
}

// mostPictured is how many methods' pictures are shown; of more, ours and the reference alone.
const mostPictured = 4

// evidence is the sections of a document: figures, and pictures.
func (c *comparison) evidence(metrics metric.Table, album Album) ([]document.Section, error) {
	all := figures.Sections(c.drawn(metrics))
	shown, err := pictures.Build(c.pictured(album))
	if err != nil {
		return nil, err
	}
	return append(all, document.Section{
		ID: "pictures", Nav: "Pictures", Title: "What the classes look like, and which pictures changed sides",
		Pictures: shown,
	}), nil
}

// drawn is what figures are drawn from.
func (c *comparison) drawn(metrics metric.Table) figures.Source {
	s := figures.Source{Metrics: metrics, Reference: -1, Left: c.left()}
	if data := len(dataSeeds(c.groups)); data > 1 {
		s.Unit = fmt.Sprintf("%d data seeds", data)
	} else if repeated(c.groups) != "1 seed" {
		s.Unit = "training seeds"
	}
	methods, shown := c.methods()[1:], c.shown()
	for i, g := range trained(c.groups) {
		if !shown[g.place] {
			continue
		}
		if c.isReference(g) {
			s.Reference = len(s.Methods)
		}
		m := figures.Method{Method: methods[i]}
		for j := range g.runs {
			r := &g.runs[j]
			run := figures.Run{
				Result: &r.Result, Rounds: r.Rounds,
				Zero: r.Predicted["zero_shot"].Class, Predicted: r.Predicted["global"].Class,
			}
			if r.Hits.Images != nil {
				s.Labels = r.Hits.Images.Class
			}
			m.Runs = append(m.Runs, run)
		}
		s.Methods = append(s.Methods, m)
	}
	return s
}

// pictured is what pictures are chosen from: of runs whose classes have the same training images.
func (c *comparison) pictured(album Album) pictures.Input {
	groups, _ := sameClasses(c.groups)
	first := &groups[0].runs[0]
	in := pictures.Input{
		Classes: first.Result.Classes, Counts: first.Result.TrainCounts, Groups: pictures.Shots(first.Result.Groups),
		Source: album.Source, PerClass: album.PerClass, Missing: album.Missing,
		ZeroShot: pictures.Answers{Method: chart.Method{ID: "zero-shot", Name: "zero-shot"}},
	}
	methods := map[int]chart.Method{}
	for i, g := range trained(c.groups) {
		methods[g.place] = c.methods()[1+i]
	}
	for _, g := range groups {
		for _, r := range g.runs {
			if r.Hits.Images != nil {
				in.Labels = r.Hits.Images.Class
			}
			if p, there := r.Predicted["zero_shot"]; there && whole(p) {
				in.ZeroShot.Predictions = pictures.Predictions(p)
			}
		}
	}
	for _, g := range trained(groups) {
		m := pictures.Model{Method: methods[g.place]}
		if len(methods) > mostPictured && m.Method.Slot != 1 && !c.isReference(g) {
			continue
		}
		for _, r := range g.runs {
			if p, there := r.Predicted["global"]; there && whole(p) {
				m.Runs = append(m.Runs, pictures.Predictions(p))
			}
		}
		if len(m.Runs) > 0 && len(m.Runs) == len(g.runs) {
			in.Methods = append(in.Methods, m)
		}
	}
	slices.SortStableFunc(in.Methods, func(a, b pictures.Model) int {
		return cmp.Compare(a.Method.Slot, b.Method.Slot)
	})
	return in
}

// whole tells whether predictions are of every test image.
func whole(p saved.Predictions) bool { return !slices.Contains(p.Class, -1) }
