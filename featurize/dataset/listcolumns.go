package dataset

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fedpurel/fedpurel/train/fault"
)

// The names under which lists keep their columns, the most telling first.
var (
	pathColumns  = []string{"path", "image_path", "img_path", "filepath", "file_path", "file_name", "filename", "file", "impath", "image", "img", "image_id", "id"}
	labelColumns = []string{"label", "class", "target", "category", "class_id", "classid", "label_id"}
	splitColumns = []string{"split", "subset"}
	classColumns = []string{"classname", "class_name", "label_name"}
)

// listColumns are the numbers of the columns that matter; −1: the list has none.
type listColumns struct {
	names                     []string
	path, label, split, class int
}

// newListColumns finds the columns by their names, or as the options name them.
func newListColumns(names []string, o Options) (c listColumns, err error) {
	c.names = make([]string, len(names))
	plain := make([]string, len(names))
	for i, n := range names {
		c.names[i] = strings.Clone(strings.TrimSpace(n))
		plain[i] = strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(c.names[i]))
	}
	pick := func(among []string, aliases []string) int {
		for _, a := range aliases {
			if i := slices.Index(among, a); i >= 0 {
				if slices.Contains(among[i+1:], a) {
					err = fault.Corruptf("two columns are called %s", a)
				}
				return i
			}
		}
		return -1
	}
	c.path, c.label, c.split, c.class = pick(plain, pathColumns), pick(plain, labelColumns), pick(plain, splitColumns), pick(plain, classColumns)
	if c.label < 0 { // the names alone tell the classes apart
		c.label = c.class
	}
	if o.Column != "" {
		c.path = pick(c.names, []string{o.Column})
	}
	if o.Labels != "" {
		c.label = pick(c.names, []string{o.Labels})
	}
	return c, err
}

// without says that a column is missing.
func (c listColumns) without(what, option string, aliases []string) error {
	return fault.Corruptf("no column of %s (%s); its columns are %s; name one with --%s", what, strings.Join(aliases, ", "), clipped(strings.Join(c.names, ", ")), option)
}

// row takes the columns' cells out of a line.
func (c listColumns) row(cells []string, line int) listRow {
	at := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	return listRow{path: cells[c.path], label: at(c.label), split: at(c.split), class: at(c.class), line: line}
}

// separator is what separates the columns: what the list says, or else what makes of its first line a header that names the images' column,
// or else the first that the line holds.
func (l *listReader) separator(first, ext string, o Options) rune {
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
			if columns, _ := newListColumns(names, o); columns.path >= 0 {
				return r
			}
		}
	}
	return append(likely, ',')[0]
}

// table reads a table of values. first is its first line.
func (l *listReader) table(first, ext string, o Options) error {
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
	if l.columns, err = newListColumns(header, o); err != nil {
		return l.corrupt(l.line, "%w", err)
	}
	var pending *listRow // the first line, where it is an image and no header
	if l.columns.path < 0 {
		if len(header) != 2 || o.Column+o.Labels != "" || !(isImage(header[0]) || strings.Contains(header[0], "/")) {
			return l.corrupt(l.line, "%w", l.columns.without("images", "column", pathColumns))
		}
		l.columns = listColumns{path: 0, label: 1, split: -1, class: -1}
		r := l.columns.row(header, l.line)
		pending = &r
	}
	width := len(header)
	l.next = func(r *listRow) error {
		if pending != nil {
			*r, pending = *pending, nil
			return nil
		}
		cells, err := record()
		if err != nil {
			return err
		}
		if len(cells) != width {
			return l.corrupt(l.line, "it has %d fields, but the first line has %d; quote fields that hold the separator", len(cells), width)
		}
		*r = l.columns.row(cells, l.line)
		return nil
	}
	return nil
}

// objects reads JSON objects, one a line. Their keys are the columns; an object may lack all but the path.
func (l *listReader) objects(o Options) func(*listRow) error {
	return func(r *listRow) error {
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
			if l.columns, err = newListColumns(names, o); err != nil {
				return l.corrupt(l.line, "%w", err)
			}
			if l.columns.path < 0 {
				return l.corrupt(l.line, "%w", l.columns.without("images", "column", pathColumns))
			}
		}
		cells := make([]string, len(names))
		c := l.columns
		for _, i := range []int{c.path, c.label, c.split, c.class} {
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
			case string(raw) != "null":
				return l.corrupt(l.line, "%s is %s; expected a text or a number", names[i], clipped(string(raw)))
			}
		}
		*r = c.row(cells, l.line)
		return nil
	}
}
