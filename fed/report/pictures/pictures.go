// Package pictures chooses the test images that a report shows: what classes look like, and which images a method took
// away from zero-shot's mistakes or added to them. It is a pure function of predictions and of a source of pictures.
package pictures

import (
	"fmt"
	"math"
	"strings"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Source gives the picture of a test image, where there is one: a whole image file and its media type. A cache's
// thumbnails are one.
type Source interface {
	Picture(testRow int) (image []byte, mediaType string, ok bool, err error)
}

// Input is what a choice is made from. Without predictions, only what classes look like is shown.
type Input struct {
	Classes  []string
	Counts   []int   // of training images, by class
	Groups   []Group // many, medium, few: from many images to few
	Labels   []int32 // of the test images, by row
	ZeroShot Answers // may have no classes: it is not known
	Methods  []Model // those to show, in order
	Source   Source  // nil: there is none
	PerClass int     // pictures are of the first so many test images of a class; 0: of any
	Missing  string  // why there is no source, and the remedy; empty: Remedy
}

// Group is classes with about as many training images.
type Group struct {
	Title, Sub string
	Classes    []int
	Few        bool // these are the few-shot classes
}

// Predictions are one run's, by test row.
type Predictions struct {
	Class       []int32
	Probability []float32 // of that class; nil: not known
}

// Answers are those of a model that has no seeds.
type Answers struct {
	Method chart.Method
	Predictions
}

// Model is a method's predictions, a run for each seed.
type Model struct {
	Method chart.Method
	Runs   []Predictions
}

// Remedy says that there are no pictures, and how they come.
const Remedy = "There are no pictures of the test images. `fedpurel featurize --thumbnails 8 --resume`, with the " +
	"other options that the cache was made with, adds some to it; then the report can be written again."

// unknown says that nothing can be compared.
const unknown = "Which pictures changed sides is not shown: these runs keep no predictions of single images, as runs " +
	"that are trained now do."

// Shots are the groups as a report calls them.
func Shots(groups []metric.Group) []Group {
	sizes := map[string]string{
		"many":   fmt.Sprintf(">%d images", metric.ManyAbove),
		"medium": fmt.Sprintf("%d–%d images", metric.FewUpTo+1, metric.ManyAbove),
		"few":    fmt.Sprintf("≤%d images", metric.FewUpTo),
	}
	var all []Group
	for _, g := range groups {
		if sub, known := sizes[g.Name]; known {
			title := strings.ToUpper(g.Name[:1]) + g.Name[1:] + "-shot"
			all = append(all, Group{Title: title, Sub: sub, Classes: g.Classes, Few: g.Name == "few"})
		}
	}
	return all
}

// Build chooses the pictures. An error is one of the source, or says that the input contradicts itself.
func Build(in Input) (*document.Pictures, error) {
	missing := &document.Pictures{Missing: in.Missing}
	if missing.Missing == "" {
		missing.Missing = Remedy
	}
	if in.Source == nil {
		return missing, nil
	}
	c, err := newChoice(in)
	if err != nil {
		return nil, err
	}
	out := &document.Pictures{}
	if out.Strips, err = c.looks(); err != nil {
		return nil, err
	}
	if len(out.Strips) == 0 { // no test image has a picture
		return missing, nil
	}
	caption := []string{c.looksCaption()}
	if in.ZeroShot.Class == nil || len(c.methods) == 0 {
		caption = append(caption, unknown)
	} else {
		caption = append(caption, c.changesCaption())
	}
	for _, m := range c.methods {
		strips, err := c.changes(m)
		if err != nil {
			return nil, err
		}
		out.Strips = append(out.Strips, strips...)
	}
	out.Caption = strings.Join(caption, " ")
	return out, nil
}

// choice is the work of Build.
type choice struct {
	Input
	rows    [][]int // test rows of each class
	methods []Model // that have predictions; none where zero-shot has none
	group   []int   // of each class, the number among Groups; −1: none
	few     []bool  // by class
}

// newChoice sorts the input, and refuses what contradicts itself.
func newChoice(in Input) (*choice, error) {
	n := len(in.Classes)
	c := &choice{Input: in, rows: make([][]int, n), group: make([]int, n), few: make([]bool, n)}
	if len(in.Counts) != n {
		return nil, fmt.Errorf("pictures: %d counts of training images for %d classes", len(in.Counts), n)
	}
	for i, y := range in.Labels {
		if y < 0 || int(y) >= n {
			return nil, fmt.Errorf("pictures: test image %d has label %d of %d classes", i, y, n)
		}
		c.rows[y] = append(c.rows[y], i)
	}
	for k := range c.group {
		c.group[k] = -1
	}
	for g, group := range in.Groups {
		for _, k := range group.Classes {
			if k < 0 || k >= n {
				return nil, fmt.Errorf("pictures: %s has class %d of %d", group.Title, k, n)
			}
			c.group[k], c.few[k] = g, group.Few
		}
	}
	if in.ZeroShot.Class == nil {
		return c, nil
	}
	if err := c.fits(in.ZeroShot.Method, in.ZeroShot.Predictions); err != nil {
		return nil, err
	}
	for _, m := range in.Methods {
		for _, run := range m.Runs {
			if err := c.fits(m.Method, run); err != nil {
				return nil, err
			}
		}
		if len(m.Runs) > 0 {
			c.methods = append(c.methods, m)
		}
	}
	return c, nil
}

// fits tells whether predictions are of these test images and classes.
func (c *choice) fits(m chart.Method, p Predictions) error {
	n := len(c.Labels)
	if len(p.Class) != n || p.Probability != nil && len(p.Probability) != n {
		return fmt.Errorf("pictures: %s has %d predictions and %d probabilities for %d test images",
			m.Name, len(p.Class), len(p.Probability), n)
	}
	for i, k := range p.Class {
		if int(k) >= len(c.Classes) {
			return fmt.Errorf("pictures: %s takes test image %d for class %d of %d", m.Name, i, k, len(c.Classes))
		}
	}
	return nil
}

// probability is what the predictions say of a row; NaN where they do not.
func (p Predictions) probability(row int) float64 {
	if p.Probability == nil {
		return math.NaN()
	}
	return float64(p.Probability[row])
}
