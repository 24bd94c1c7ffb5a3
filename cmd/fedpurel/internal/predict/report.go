package predict

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/f32"
	"github.com/fedpurel/fedpurel/train/fault"
)

// record is what is said of an image.
type record struct {
	Image string   `json:"image"`
	Class string   `json:"class,omitempty"` // the true one, where it is known
	Top   []choice `json:"top,omitempty"`   // the most probable one first
	Error string   `json:"error,omitempty"` // why there is none
}

// choice is a class with its probability.
type choice struct {
	Class       string  `json:"class"`
	Probability float64 `json:"probability"`
}

// report predicts embedded images and writes what comes of it as it comes.
type report struct {
	*task
	to          printer
	bar         *shell.Bar
	memory      f32.Arena
	images, bad int
	hits        metric.Hits // of images whose class is known
}

func newReport(t *task, to io.Writer) *report {
	return &report{task: t, to: t.printer(to), bar: shell.NewBar("predicting", "images", t.c.Bool("quiet"))}
}

// stretch predicts a stretch of images.
func (r *report) stretch(e featurize.Embedded[image]) error {
	r.memory.Reset()
	var all f32.Matrix
	if e.Rows.Rows > 0 {
		all = r.run.Probabilities(&r.memory, e.Rows)
	}
	row := 0
	for i, image := range e.Images {
		rec := record{Image: image.name, Class: image.class}
		if err := e.Errs[i]; err != nil {
			r.bad++
			rec.Error = shell.OneLine(err.Error())
			fmt.Fprintf(r.c.App.ErrWriter, "fedpurel: image %s: %s\n", plain(image.name), rec.Error)
		} else {
			p := all.Row(row)
			row++
			if !f32.Finite(p) {
				return fault.Corruptf("predict: image %s: probabilities are not finite", plain(image.name))
			}
			rec.Top = r.best(p)
			if image.label >= 0 {
				r.hits.Total++
				if f32.Argmax(p) == image.label {
					r.hits.Correct++
				}
			}
		}
		if err := r.to.record(rec); err != nil {
			return err
		}
	}
	r.images += len(e.Images)
	if r.total >= 0 {
		r.bar.Update(r.images, r.total)
	}
	return nil
}

// best are the most probable classes; of equal ones the first.
func (r *report) best(p []float32) []choice {
	order := make([]int, len(p))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	top := make([]choice, r.top)
	for i := range top {
		top[i] = choice{r.run.Card.Classes[order[i]], float64(p[order[i]])}
	}
	return top
}

// end writes what is known at the end.
func (r *report) end() error {
	r.bar.Finish()
	return r.to.end(r)
}

// verdict is the error of images that were not predicted, unless they are skipped.
func (r *report) verdict() error {
	if r.format == "csv" || r.format == "jsonl" || r.c.String("out") != "" {
		if words := r.accuracy(); words != "" && !r.c.Bool("quiet") {
			fmt.Fprintln(r.c.App.ErrWriter, "fedpurel: "+words)
		}
	}
	if r.bad == 0 || r.skip {
		return nil
	}
	return fault.Errorf(fault.Failure, "predict: %d of %d images could not be read, as said above; the others are "+
		"predicted (--on-error skip makes that no failure)", r.bad, r.images)
}

// accuracy is a phrase, empty where no true class is known.
func (r *report) accuracy() string {
	if r.hits.Total == 0 {
		return ""
	}
	return fmt.Sprintf("accuracy %.2f %%: %d of %d images", 100*r.hits.Micro(), r.hits.Correct, r.hits.Total)
}

// plain is a text that leaves a terminal as it is: one with control characters is quoted.
func plain(s string) string {
	if strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) || strings.ContainsRune(s, '\ufffd') {
		return strconv.Quote(s)
	}
	return s
}
