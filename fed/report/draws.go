package report

import (
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/statistics"
)

// draw adds intervals that cover data seeds, training seeds and test images, for scores that are means over images.
// Methods that lack a run which the reference has, or the most complete method where that is zero-shot, have none.
func (c *comparison) draw() error {
	whole := c.groups[c.reference]
	if whole.method == "zeroshot" {
		whole = slices.MaxFunc(c.groups, func(a, b group) int { return len(a.runs) - len(b.runs) })
	}
	common, ragged := places(whole)
	if len(common) < 2 || ragged {
		return nil
	}
	for i := range c.scores {
		s := &c.scores[i]
		var runs [][][]statistics.Hits
		var which []int // the groups that say which images are right
		var images []statistics.Images
		for g := range c.groups {
			if hits, of := c.groups[g].hits(s.column, common); hits != nil {
				runs, which, images = append(runs, hits), append(which, g), of
			}
		}
		reference := -1
		for m, g := range which {
			if g == c.reference {
				reference = m
			}
		}
		if reference < 0 || len(which) < 2 {
			continue
		}
		name := string(s.model) + "/" + s.metric.Called() + "/" + s.heading
		b, err := statistics.Hierarchical(name, runs, images, statistics.Replicates)
		if err != nil {
			return err
		}
		for m, g := range which {
			if m != reference {
				low, high := b.Difference(m, reference)
				s.bootstrap[g] = [2]float64{low, high}
			}
		}
	}
	return nil
}

// hits are those of a score's model in runs, and how images are drawn for it and count, by data seed. It is nil where a
// run does not tell, and for scores that are no means over images.
func (g group) hits(c column, runs [][]place) (all [][]statistics.Hits, images []statistics.Images) {
	for _, of := range runs {
		var world []statistics.Hits
		for _, p := range of {
			r := g.at(p)
			if r == nil {
				return nil, nil
			}
			right := r.Hits.Global
			if c.model == metric.Personal {
				right = r.Hits.Personal
			}
			if r.Hits.Images == nil || len(right) != len(r.Hits.Images.Class) {
				return nil, nil
			}
			world = append(world, statistics.Hits{Right: right, Rounds: r.Hits.Rounds})
		}
		drawn, linear := imagesOf(c, g.at(of[0]))
		if !linear {
			return nil, nil
		}
		all, images = append(all, world), append(images, drawn)
	}
	return all, images
}

// imagesOf is how a run's test images are drawn for a score, and what each counts for: images of the global model are
// drawn within classes, those of personal ones within a client's classes.
func imagesOf(c column, r *Run) (of statistics.Images, linear bool) {
	images := r.Hits.Images
	n := len(images.Class)
	of.Stratum = make([]int, n)
	unit := make([]int, n)
	inGroup := map[int]bool{}
	if c.metric.Name == metric.GroupAccuracy && c.group < len(r.Result.Groups) {
		for _, class := range r.Result.Groups[c.group].Classes {
			inGroup[class] = true
		}
	}
	for i, class := range images.Class {
		owner := int(images.Owner[i])
		of.Stratum[i] = int(class)
		if c.model == metric.Personal {
			of.Stratum[i] = -1
			if owner >= 0 {
				of.Stratum[i] = owner*len(r.Result.Classes) + int(class)
			}
		}
		switch {
		case of.Stratum[i] < 0:
			unit[i] = -1
		case c.metric.Name == metric.Accuracy && c.model == metric.Personal:
			unit[i] = owner
		case c.metric.Name == metric.Accuracy:
			unit[i] = 0
		case inGroup[int(class)]:
			unit[i] = int(class)
		default:
			unit[i] = -1
		}
	}
	of.Weight = statistics.Weights(unit)
	return of, c.metric.Name == metric.Accuracy || c.metric.Name == metric.GroupAccuracy
}
