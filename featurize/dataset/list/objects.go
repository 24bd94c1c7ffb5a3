package list

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/internal/disk"
)

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
				return l.corrupt(l.line, "%s is %s; expected a text or a number", names[i], disk.Clipped(string(raw)))
			}
		}
		*r = c.row(cells, l.line)
		return nil
	}
}
