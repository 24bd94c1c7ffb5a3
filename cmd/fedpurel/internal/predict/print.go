package predict

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// printer writes records as they come, and what is known at the end.
type printer interface {
	record(record) error
	end(*report) error
}

func (t *task) printer(to io.Writer) printer {
	switch t.format {
	case "jsonl":
		return &jsonLines{json.NewEncoder(to)}
	case "json":
		return &document{to: to}
	case "csv":
		return &table{csv.NewWriter(to), t.top, false}
	}
	width := 0
	for _, c := range t.run.Card.Classes {
		width = max(width, utf8.RuneCountInString(plain(c)))
	}
	return &columns{to, min(width, 32)}
}

// jsonLines has a record on each line.
type jsonLines struct{ *json.Encoder }

func (p *jsonLines) record(r record) error { return p.Encode(r) }
func (p *jsonLines) end(*report) error     { return nil }

// document is one JSON object: {"predictions": [...], "images": …, "bad": …, "accuracy": …}.
type document struct {
	to    io.Writer
	begun bool
}

func (p *document) record(r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	before := ",\n    "
	if !p.begun {
		p.begun, before = true, "{\n  \"predictions\": [\n    "
	}
	_, err = fmt.Fprintf(p.to, "%s%s", before, data)
	return err
}

func (p *document) end(r *report) error {
	accuracy, err := json.Marshal(metric.Num(r.hits.Micro()))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.to, "\n  ],\n  \"images\": %d,\n  \"bad\": %d,\n  \"accuracy\": %s\n}\n",
		r.images, r.bad, accuracy)
	return err
}

// table is CSV: image, class, error, and for each of the top classes its name and probability.
type table struct {
	*csv.Writer
	top   int
	begun bool
}

func (p *table) record(r record) error {
	if !p.begun {
		p.begun = true
		head := []string{"image", "class", "error"}
		for k := range p.top {
			head = append(head, fmt.Sprintf("top%d", k+1), fmt.Sprintf("probability%d", k+1))
		}
		_ = p.Write(head) // the first error stays, and Flush tells it
	}
	row := []string{r.Image, r.Class, r.Error}
	for _, c := range r.Top {
		row = append(row, c.Class, strconv.FormatFloat(c.Probability, 'g', 7, 64))
	}
	for len(row) < 3+2*p.top {
		row = append(row, "")
	}
	_ = p.Write(row)
	p.Flush()
	return p.Error()
}

func (p *table) end(*report) error { return nil }

// columns are for people: the most probable classes first, then the image, and its true class where that is known.
type columns struct {
	to    io.Writer
	width int
}

func (p *columns) record(r record) error {
	if r.Error != "" { // it was told on standard error
		return nil
	}
	line := ""
	for _, c := range r.Top {
		line += fmt.Sprintf("%5.1f %% %-*s  ", 100*c.Probability, p.width, plain(c.Class))
	}
	line += plain(r.Image)
	if r.Class != "" {
		line += fmt.Sprintf("  (%s)", plain(r.Class))
	}
	_, err := fmt.Fprintln(p.to, line)
	return err
}

func (p *columns) end(r *report) error {
	words := r.accuracy()
	if words == "" {
		return nil
	}
	_, err := fmt.Fprintln(p.to, words)
	return err
}
