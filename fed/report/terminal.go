package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/text"
)

// Terminal writes the table in aligned columns: the headline ones, which fit a narrow terminal, or all.
func (t Table) Terminal(w io.Writer, all bool) error {
	var b strings.Builder
	for _, lead := range t.Lead {
		b.WriteString(text.Fill(sentence(lead)))
	}
	b.WriteString(text.Fill(t.Title))
	shown := t.Headline
	if all || len(shown) == 0 {
		shown = nil
		for i := range t.Columns {
			shown = append(shown, i)
		}
	}
	rows := [][]string{{""}}
	for _, i := range shown {
		rows[0] = append(rows[0], t.Columns[i].Name)
	}
	for _, r := range t.Rows {
		cells := []string{r.Label}
		for _, i := range shown {
			cells = append(cells, t.text(r, i))
		}
		rows = append(rows, cells)
	}
	align(&b, rows, all)
	if n := len(t.Columns) - len(shown); n > 0 {
		fmt.Fprintf(&b, "--wide shows %d more columns.\n", n)
	}
	b.WriteString(text.Fill(t.Note))
	_, err := io.WriteString(w, b.String())
	return err
}

// align writes rows in columns. If they are wider than a narrow terminal, a row's label has a line of its own, unless
// any width is allowed.
func align(b *strings.Builder, rows [][]string, any bool) {
	const gap = 2
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	total := -gap
	for _, n := range widths {
		total += n + gap
	}
	apart := total > text.Columns && !any
	if apart {
		widths[0] = 0
	}
	for _, r := range rows {
		label, line := r[0], ""
		if apart && label != "" {
			b.WriteString(label + "\n")
			label = ""
		}
		for i, cell := range append([]string{label}, r[1:]...) {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+gap)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// headline picks the columns that a narrow terminal shows: those of metrics that are so marked, of the rarest classes
// alone where there is one for each group.
func headline(columns []column, groups []metric.Group) (shown []int) {
	few := rarest(groups)
	for i, c := range columns {
		if slices.Contains(c.metric.Headline, c.model) && (!c.metric.PerGroup || c.group == few) {
			shown = append(shown, i)
		}
	}
	return shown
}

// rarest is the group of few-shot classes or, if there are none, the last that has any.
func rarest(groups []metric.Group) int {
	few := min(2, len(groups)-1)
	if few >= 0 && len(groups[few].Classes) == 0 {
		for few = len(groups) - 1; few > 0 && len(groups[few].Classes) == 0; few-- {
		}
	}
	return few
}
