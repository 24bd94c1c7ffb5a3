package list

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
	"github.com/fedpurel/fedpurel/train/fault"
)

// separator is what separates the columns: what the list says, or else what makes of its first line a header that names
// the images' column, or else the first that the line holds.
func (l *reader) separator(first, ext string, o dataset.Options) rune {
	if comma := []rune(l.comma); len(comma) == 1 && strings.ContainsRune(",;\t|", comma[0]) {
		return comma[0]
	}
	likely := []rune(",\t;")
	if ext == ".tsv" {
		likely = []rune("\t,;")
	}
	likely = slices.DeleteFunc(likely, func(r rune) bool { return !strings.ContainsRune(first, r) })
	for _, r := range likely {
		c := csv.NewReader(strings.NewReader(first))
		c.Comma = r
		if names, err := c.Read(); err == nil {
			if columns, _ := newColumns(names, o); columns.path >= 0 {
				return r
			}
		}
	}
	return append(likely, ',')[0]
}

// table reads a table of values. first is its first line.
func (l *reader) table(first, ext string, o dataset.Options) error {
	c := csv.NewReader(l.text)
	c.ReuseRecord, c.FieldsPerRecord = true, -1 // comments have any number of fields; the others are checked below
	c.Comma = l.separator(first, ext, o)
	before := l.line
	record := func() ([]string, error) {
		for {
			l.source.renew()
			cells, err := c.Read()
			var wrong *csv.ParseError
			switch {
			case errors.As(err, &wrong):
				return nil, l.corrupt(before+wrong.Line, "%w", wrong.Err)
			case errors.Is(err, errLong):
				return nil, l.corrupt(l.line+1, "%w", err)
			case errors.Is(err, io.EOF):
				return nil, io.EOF
			case err != nil:
				return nil, fault.Missingf("dataset: %w", err)
			}
			line, _ := c.FieldPos(0)
			l.line = before + line
			if all := strings.Join(cells, ","); strings.Trim(all, ", \t\r") != "" && !isComment(all) {
				return cells, nil
			}
		}
	}
	header, err := record()
	if err != nil {
		return err
	}
	if l.columns, err = newColumns(header, o); err != nil {
		return l.corrupt(l.line, "%w", err)
	}
	var pending *row // the first line, where it is an image and no header
	if l.columns.path < 0 {
		if len(header) != 2 || o.Column+o.Labels+o.Clients != "" ||
			!(disk.IsImage(header[0]) || strings.Contains(header[0], "/")) {
			return l.corrupt(l.line, "%w", l.columns.without("images", "column", pathColumns))
		}
		l.columns = columns{path: 0, label: 1, split: -1, class: -1, client: -1}
		r := l.columns.row(header, l.line)
		pending = &r
	}
	width := len(header)
	l.next = func(r *row) error {
		if pending != nil {
			*r, pending = *pending, nil
			return nil
		}
		cells, err := record()
		if err != nil {
			return err
		}
		if len(cells) != width {
			return l.corrupt(l.line, "it has %d fields, but the first line has %d; "+
				"quote fields that hold the separator", len(cells), width)
		}
		*r = l.columns.row(cells, l.line)
		return nil
	}
	return nil
}

// objects reads JSON objects, one a line. Their keys are the columns; an object may lack all but the path.
func (l *reader) objects(o dataset.Options) func(*row) error {
	return func(r *row) error {
		text, err := l.textLine()
		if err != nil {
			return err
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return l.corrupt(l.line, "it is no JSON object: %w", err)
		}
		names := slices.Sorted(maps.Keys(object))
		if l.columns.names == nil || !slices.Equal(names, l.columns.names) {
			if l.columns, err = newColumns(names, o); err != nil {
				return l.corrupt(l.line, "%w", err)
			}
			if l.columns.path < 0 {
				return l.corrupt(l.line, "%w", l.columns.without("images", "column", pathColumns))
			}
		}
		cells := make([]string, len(names))
		c := l.columns
		for _, i := range []int{c.path, c.label, c.split, c.class, c.client} {
			if i < 0 {
				continue
			}
			switch raw := object[names[i]]; {
			case raw[0] == '"':
				if err := json.Unmarshal(raw, &cells[i]); err != nil {
					return l.corrupt(l.line, "%s: %w", names[i], err)
				}
			case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
				cells[i] = string(raw)
			case string(raw) != "null" && (i != c.client || o.Clients != ""): // an object may well be called user
				return l.corrupt(l.line, "%s is %s; expected a text or a number", names[i], disk.Clipped(string(raw)))
			}
		}
		*r = c.row(cells, l.line)
		return nil
	}
}
